import { CheckField, SelectField, TextArea } from "../../ui/field";
import type { VariableDraft } from "./draft";
import styles from "./session.module.css";

interface DefaultFieldProps {
  variable: VariableDraft;
  fault?: string;
  onChange: (part: Pick<VariableDraft, "defaultValue">) => void;
}

/** What fills a variable when a run gives no value: nothing, or a text, which may be empty. */
export function DefaultField({ variable, fault, onChange }: DefaultFieldProps) {
  const { defaultValue, options, type } = variable;
  const isSelect = type === "TYPE_SELECT";
  const set = (value: string | undefined) => onChange({ defaultValue: value });
  const isKnown = options.some(({ value }) => value === defaultValue);
  return (
    <div className={styles.default}>
      <CheckField
        label="It has a default"
        hint="Stands in where a run gives no value."
        checked={defaultValue !== undefined}
        onChange={(event) => set(event.target.checked ? (isSelect && options[0]?.value) || "" : undefined)}
      />
      {defaultValue !== undefined && !isSelect && (
        <TextArea
          label="Default"
          rows={1}
          className={styles.growing}
          placeholder="An empty text"
          value={defaultValue}
          fault={fault}
          onChange={(event) => set(event.target.value)}
        />
      )}
      {defaultValue !== undefined && isSelect && (
        <SelectField
          label="Default"
          value={defaultValue}
          fault={isKnown ? fault : "It must be the value of one of the options."}
          onChange={(event) => set(event.target.value)}
        >
          {!isKnown && <option value={defaultValue}>{defaultValue || "Choose one"}</option>}
          {options.map(({ name, value }) => (
            <option key={name} value={value}>
              {name || value}
            </option>
          ))}
        </SelectField>
      )}
    </div>
  );
}
