import type { ProblemError } from "../api/client";
import { faultAt } from "../api/fault-at";
import { own } from "../ui/own";
import type { Inputs } from "./inputs-form";

/** Give what the server said of inputs by name, for those that are still as they were `sent`. */
export function inputFaults(
  errors: readonly (ProblemError | Error | undefined)[],
  names: readonly string[],
  inputs: Inputs,
  sent: Inputs,
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const fault = errors.map((error) => faultAt(error, "inputs", name)).find(Boolean);
      return fault && own(inputs, name) === own(sent, name) ? [[name, fault]] : [];
    }),
  );
}
