import type { ProblemError } from "../api/client";
import { faultAt } from "../api/fault-at";
import type { Inputs } from "./inputs-form";

/** Give what the server said of inputs by name, for those that are still as they were `sent`. */
export function inputFaults(
  errors: readonly (ProblemError | Error | undefined)[],
  names: readonly string[],
  inputs: Inputs,
  sent: Inputs,
): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const name of names) {
    const fault = errors.map((error) => faultAt(error, "inputs", name)).find(Boolean);
    if (fault && inputs[name] === sent[name]) faults[name] = fault;
  }
  return faults;
}
