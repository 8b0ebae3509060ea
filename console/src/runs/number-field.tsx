import { type ComponentProps, useState } from "react";
import { TextField } from "../ui/field";
import { toNumber } from "./parameters";

type NumberFieldProps = Omit<ComponentProps<typeof TextField>, "value" | "onChange" | "inputMode"> & {
  value: unknown;
  onChange: (value: number | undefined) => void;
};

/** A field for a number that may be absent. What is typed stays as it is while it says the number, such as `0.`. */
export function NumberField({ value, onChange, fault, ...rest }: NumberFieldProps) {
  const [typed, setTyped] = useState("");
  const isNone = value === undefined || value === null;
  const isWrong = isNone && typed.trim() !== "" && toNumber(typed) === undefined;
  const text = isWrong || toNumber(typed) === value ? typed : isNone ? "" : JSON.stringify(value);
  return (
    <TextField
      {...rest}
      inputMode="decimal"
      value={text}
      fault={isWrong ? "It must be a number." : fault}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(toNumber(event.target.value));
      }}
    />
  );
}
