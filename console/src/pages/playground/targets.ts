/** What the playground runs, as it stands in the page's address: one version, or two to compare. */

export interface Target {
  /** A prompt: its latest version. */
  promptId?: string;
  /** A version, in place of a prompt. */
  versionId?: string;
}

export type Targets = readonly [Target] | readonly [Target, Target];

const NAMES = [
  ["prompt", "version"],
  ["otherPrompt", "otherVersion"],
] as const;

export function readTargets(params: URLSearchParams): Targets {
  const first = read(params, 0);
  return params.has("otherPrompt") || params.has("otherVersion") ? [first, read(params, 1)] : [first];
}

export function writeTargets(targets: Targets): URLSearchParams {
  const params = new URLSearchParams();
  targets.forEach(({ promptId, versionId }, index) => {
    const [prompt, version] = NAMES[index === 0 ? 0 : 1];
    if (versionId) params.set(version, versionId);
    // One that is not chosen yet is written, too: else the page would no longer compare.
    else if (promptId || index > 0) params.set(prompt, promptId ?? "");
  });
  return params;
}

function read(params: URLSearchParams, index: 0 | 1): Target {
  const [prompt, version] = NAMES[index];
  const versionId = params.get(version);
  if (versionId) return { versionId };
  const promptId = params.get(prompt);
  return promptId ? { promptId } : {};
}
