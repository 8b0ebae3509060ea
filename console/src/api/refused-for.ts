import type { ProblemError } from "./client";

/** Give what the server said when it refused for a reason that is about one field but does not name it. */
export function refusedFor(error: ProblemError | Error | null, reason: string): string | undefined {
  return error && "problem" in error && error.problem.reason === reason ? error.problem.detail : undefined;
}
