/** What of a run is filled in to make it once more. */

import type { Run } from "../api/client";
import { isolate } from "../ui/isolate";
import type { Finding } from "./finding";
import type { Inputs } from "./inputs-form";
import { printPairs } from "./pairs";

export interface Again extends Finding {
  inputs: Inputs;
  /** What has to be filled in by hand. */
  lost: string[];
}

/** Give what is on record of how a run was asked for. */
export function toAgain({ inputs, endUserId, metadata }: Run): Again {
  const { text, left } = printPairs(metadata);
  return {
    inputs: Object.fromEntries(Object.entries(inputs ?? {}).map(([name, value]) => [name, toText(value)])),
    endUserId,
    metadata: text,
    lost: [
      ...(inputs ? [] : ["its inputs, which were not kept"]),
      ...left.map((name) => `the metadata ${isolate(name)}`),
    ],
  };
}

/** Give where a run is made once more: with its version, and what can be filled in of it. */
export function againPath({ id, promptId, versionId }: Run, isFlow: boolean): string {
  const query = new URLSearchParams({ version: versionId, run: id });
  return isFlow ? `/flows/${promptId}?${query}` : `/playground?${query}`;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
