import type { Variable } from "../api/client";
import { SelectField, TextArea } from "../ui/field";
import { isolate } from "../ui/isolate";
import { own } from "../ui/own";

export type Inputs = Readonly<Record<string, string>>;

interface InputsFormProps {
  variables: readonly Variable[];
  inputs: Inputs;
  onChange: (inputs: Inputs) => void;
  /** What the server said of values, by variable. */
  faults?: Readonly<Record<string, string>>;
}

/** A field for each variable: with its type, its description, and the value that stands in for none. */
export function InputsForm({ variables, inputs, onChange, faults = {} }: InputsFormProps) {
  if (variables.length === 0) return <p>This takes no variables.</p>;
  const set = (name: string, value: string | undefined) => {
    const { [name]: _, ...others } = inputs;
    onChange(value === undefined ? others : { ...others, [name]: value });
  };
  return variables.map((variable) =>
    variable.type === "TYPE_SELECT" ? (
      <SelectField
        key={variable.name}
        label={label(variable)}
        hint={variable.description}
        fault={own(faults, variable.name)}
        value={own(inputs, variable.name) ?? ""}
        onChange={(event) => set(variable.name, event.target.value || undefined)}
      >
        <option value="">{unset(variable)}</option>
        {variable.options.map((option) => (
          <option key={option.name} value={option.value}>
            {option.name}
          </option>
        ))}
      </SelectField>
    ) : (
      <TextArea
        key={variable.name}
        label={label(variable)}
        hint={variable.description}
        fault={own(faults, variable.name)}
        rows={2}
        value={own(inputs, variable.name) ?? ""}
        placeholder={variable.defaultValue === undefined ? "" : unset(variable)}
        onChange={(event) => set(variable.name, event.target.value || undefined)}
      />
    ),
  );
}

function label(variable: Variable): string {
  return variable.required && variable.defaultValue === undefined
    ? `${isolate(variable.name)} (required)`
    : variable.name;
}

function unset(variable: Variable): string {
  return variable.defaultValue === undefined ? "Not given" : `Default: ${variable.defaultValue || "empty"}`;
}
