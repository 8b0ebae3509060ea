/** For whom a run is made, and what else it can be found by. */

import type { RunSpec } from "../api/client";
import { parsePairs } from "./pairs";

export interface Finding {
  endUserId: string;
  /** Pairs, one a line. */
  metadata: string;
}

export const NO_FINDING: Finding = { endUserId: "", metadata: "" };

/** Give what a run gets of it. */
export function givenFinding({ endUserId, metadata }: Finding): Pick<RunSpec, "endUserId" | "metadata"> {
  const { pairs } = parsePairs(metadata);
  return { ...(endUserId && { endUserId }), ...(Object.keys(pairs).length && { metadata: pairs }) };
}
