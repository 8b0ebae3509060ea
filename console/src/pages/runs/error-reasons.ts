/** The reasons that runs can have. */

import type { RunError } from "../../api/client";

export type Reason = RunError["reason"];

const PREFIX = "ERROR_REASON_";

/** Those that a run or an output can end with: what happens most stands first. */
export const RUN_REASONS = [
  "ERROR_REASON_RUN_TIMED_OUT",
  "ERROR_REASON_RUN_CANCELLED",
  "ERROR_REASON_PROVIDER_REFUSED",
  "ERROR_REASON_PROVIDER_RATE_LIMITED",
  "ERROR_REASON_PROVIDER_FAILED",
  "ERROR_REASON_PROVIDER_UNREACHABLE",
  "ERROR_REASON_PROVIDER_UNAUTHENTICATED",
  "ERROR_REASON_PROVIDER_ANSWER_INVALID",
  "ERROR_REASON_OUTPUT_CUT_OFF",
  "ERROR_REASON_OUTPUT_NOT_JSON",
  "ERROR_REASON_OUTPUT_BREAKS_SCHEMA",
  "ERROR_REASON_OUTPUT_TOO_LARGE",
  "ERROR_REASON_IMAGE_NOT_FETCHED",
  "ERROR_REASON_INTERRUPTED",
  "ERROR_REASON_POISONED",
  "ERROR_REASON_FIELD_INVALID",
  "ERROR_REASON_VARIABLE_MISSING",
  "ERROR_REASON_MODEL_UNKNOWN",
  "ERROR_REASON_VERSION_DELETED",
  "ERROR_REASON_VERSION_NOT_RUNNABLE",
  "ERROR_REASON_INTERNAL",
] as const satisfies readonly Reason[];

export function isRunReason(name: string | null): name is (typeof RUN_REASONS)[number] {
  return (RUN_REASONS as readonly (string | null)[]).includes(name);
}

/** Give a reason without what all of them begin with: `RUN_TIMED_OUT`. */
export function reasonName(reason: Reason): string {
  return reason.replace(PREFIX, "");
}

/** Give a reason as people write: `Run timed out`. */
export function reasonWords(reason: Reason): string {
  const words = reasonName(reason).toLowerCase().replaceAll("_", " ").replace("json", "JSON");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
