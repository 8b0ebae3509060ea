import type { Run } from "../api/client";

/** Whether a run, or a part of it, has not come to its end. */
export function isUnderWay({ state }: { state: Run["state"] }): boolean {
  return state === "STATE_QUEUED" || state === "STATE_RUNNING";
}
