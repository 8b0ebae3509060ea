import { RANGES, type RangeName } from "./ranges";

/** What has series of its own; empty: all runs together. */
export type Group = "" | "key" | "prompt" | "model";

/** What usage is shown of, as the address of the page says. */
export interface Chosen {
  range: RangeName;
  group: Group;
  promptId: string;
  keyId: string;
}

const GROUPS: readonly string[] = ["key", "prompt", "model"] satisfies Group[];

/** Read an address; what it says amiss counts as not said. */
export function chosenBy(params: URLSearchParams): Chosen {
  const range = params.get("range") ?? "";
  const group = params.get("group") ?? "";
  return {
    range: range in RANGES ? (range as RangeName) : "24h",
    group: GROUPS.includes(group) ? (group as Group) : "",
    promptId: params.get("prompt") ?? "",
    keyId: params.get("key") ?? "",
  };
}

/** Give what the address says of it. */
export function paramsOf({ range, group, promptId, keyId }: Chosen): URLSearchParams {
  const all = { range: range === "24h" ? "" : range, group, prompt: promptId, key: keyId };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value));
}
