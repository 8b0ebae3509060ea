/** What scopes allow, and sets of them for common purposes. */

/** Every scope, with what it allows. */
export const SCOPES: readonly (readonly [string, string])[] = [
  ["runs:write", "Run prompts and flows, cancel runs, rate them."],
  ["runs:read", "See runs, usage and models."],
  ["prompts:write", "Change prompts, flows, folders, sessions, versions and labels."],
  ["prompts:read", "See prompts, flows, folders, sessions, versions and labels."],
  ["labels:protected", "Move and delete protected labels, together with prompts:write."],
  ["webhooks:write", "Redeliver webhooks and rotate their secret."],
  ["webhooks:read", "See deliveries and the secret that signs them."],
  ["keys:write", "Create, change and revoke keys, with no more scopes than it has itself."],
  ["keys:read", "See keys, never their secrets."],
  ["operator", "Work in every project of the server."],
];

interface Preset {
  name: string;
  scopes: readonly string[];
}

export const PRESETS: readonly Preset[] = [
  { name: "Run prompts", scopes: ["prompts:read", "runs:read", "runs:write"] },
  { name: "Edit prompts", scopes: ["prompts:read", "prompts:write", "runs:read", "runs:write"] },
  { name: "Read only", scopes: ["prompts:read", "runs:read"] },
];

/** Whether two lists hold the same scopes. */
export function sameScopes(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((scope) => other.includes(scope));
}

/** Give the scopes of a key that the caller lacks, and so cannot pass on, change or end. */
export function lacking(scopes: readonly string[], held: readonly string[]): string[] {
  return scopes.filter((scope) => !held.includes(scope));
}
