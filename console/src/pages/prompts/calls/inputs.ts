import type { Variable } from "../../../api/client";

// A default that is longer would hide the line that it stands in; left out, it is taken all the same.
const LONGEST = 200;

/** Give values with which a version can be run: defaults and first choices, else a few words. */
export function exampleInputs(variables: readonly Variable[]): Record<string, string> {
  return Object.fromEntries(
    variables
      .filter(({ defaultValue }) => (defaultValue?.length ?? 0) <= LONGEST)
      .map((variable) => [variable.name, example(variable)]),
  );
}

function example({ name, type, options, defaultValue }: Variable): string {
  if (defaultValue !== undefined) return defaultValue;
  return type === "TYPE_SELECT" ? (options[0]?.value ?? "") : `example ${name}`;
}
