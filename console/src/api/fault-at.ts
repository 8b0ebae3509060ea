import type { ProblemError } from "./client";
import { stepsOf } from "./pointer";

/**
 * Give what the server said of a place in a body, or of one below it: `faultAt(error, "variables", 0, "name")`.
 * A dot or an index in a name looks in its pointers like a step of its own.
 */
export function faultAt(
  error: ProblemError | Error | null | undefined,
  ...place: (string | number)[]
): string | undefined {
  const faults = error && "problem" in error ? (error.problem.errors ?? []) : [];
  const sought = place.join(".").replace(/\[(\d+)\]/g, ".$1");
  const found = faults.filter(({ pointer }) => `${stepsOf(pointer ?? "").join(".")}.`.startsWith(`${sought}.`));
  return found.length ? found.map(({ detail }) => detail).join("; ") : undefined;
}
