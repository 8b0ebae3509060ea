import type { Variable } from "../api/client";
import { own } from "../ui/own";
import type { Inputs } from "./inputs-form";

/** Give what a run gets of the fields: the values of its variables, and an empty text where that is a value. */
export function givenInputs(variables: readonly Variable[], inputs: Inputs): Record<string, string> {
  return Object.fromEntries(
    variables.flatMap((variable) => {
      const value = own(inputs, variable.name) ?? (isEmptyGiven(variable) ? "" : undefined);
      return value === undefined ? [] : [[variable.name, value]];
    }),
  );
}

function isEmptyGiven({ type, required, allowEmpty, defaultValue }: Variable): boolean {
  return required && allowEmpty && defaultValue === undefined && type !== "TYPE_SELECT";
}

/** Give variables as a run sees them that must give every one of them a value. */
export function strictVariables(variables: readonly Variable[]): Variable[] {
  return variables.map(({ defaultValue: _, ...variable }) => ({ ...variable, required: true }));
}
