import type { ComponentProps } from "react";
import { TextArea } from "./field";
import { type Parsed, parseJson } from "./json";
import styles from "./json-field.module.css";

type JsonFieldProps = Omit<ComponentProps<typeof TextArea>, "value" | "onChange" | "mono"> & {
  value: string;
  onChange: (text: string) => void;
  /** Tells what is wrong with a text; any JSON will do where it is not given. */
  parse?: (text: string) => Parsed<unknown>;
};

/** A text of JSON that grows with its lines; its syntax is looked at with each key. */
export function JsonField({ value, onChange, parse = parseJson, fault, ...rest }: JsonFieldProps) {
  return (
    <TextArea
      {...rest}
      mono
      className={styles.json}
      spellCheck={false}
      rows={lines(value)}
      value={value}
      fault={parse(value).fault ?? fault}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** Give the rows that show a text where the browser does not grow fields by itself. */
export function lines(text: string): number {
  return Math.min(24, Math.max(3, text.split("\n").length));
}
