import type { Variable } from "../api/client";
import type { Inputs } from "./inputs-form";

/** Give what a run gets of the fields: the values of its variables, and an empty text where that is a value. */
export function givenInputs(variables: readonly Variable[], inputs: Inputs): Record<string, string> {
  const given: Record<string, string> = {};
  for (const variable of variables) {
    const { name, required, allowEmpty, defaultValue } = variable;
    const value = inputs[name];
    const isEmptyGiven = required && allowEmpty && defaultValue === undefined && variable.type !== "TYPE_SELECT";
    if (value !== undefined) given[name] = value;
    else if (isEmptyGiven) given[name] = "";
  }
  return given;
}

/** Give variables as a run sees them that must give every one of them a value. */
export function strictVariables(variables: readonly Variable[]): Variable[] {
  return variables.map(({ defaultValue: _, ...variable }) => ({ ...variable, required: true }));
}
