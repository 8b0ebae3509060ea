import { useState } from "react";
import type { Model } from "../api/client";
import { SelectField, TextArea } from "../ui/field";
import { type JsonObject, parseObject } from "../ui/json";
import { JsonField } from "../ui/json-field";
import { NumberField } from "./number-field";
import { readStops, toStops, withParameter } from "./parameters";
import styles from "./parameters.module.css";

interface ParametersFormProps {
  /** All of them, as a text of JSON. */
  value: string;
  onChange: (text: string) => void;
  /** Those that hold where nothing is set here. */
  standing?: JsonObject;
  /** The model's parameters of which it takes only certain values. */
  choices?: Model["choices"];
  /** What the server said of a parameter; of all of them without a name. */
  faultOf?: (name?: string) => string | undefined;
}

/** Fields for the common settings of a model, and all of its settings as JSON. */
export function ParametersForm({ value, onChange, standing = {}, choices = [], faultOf }: ParametersFormProps) {
  const [isOpen, setOpen] = useState(false);
  const { value: read, fault } = parseObject(value);
  const parameters = read ?? {};
  const set = (name: string, given: unknown) => onChange(withParameter(value, name, given));
  const numberOf = (name: string, label: string) => (
    <NumberField
      label={label}
      value={parameters[name]}
      placeholder={unset(standing[name])}
      fault={faultOf?.(name)}
      onChange={(given) => set(name, given)}
    />
  );
  return (
    <>
      <fieldset className={styles.common} disabled={fault !== undefined} aria-label="Common parameters">
        {numberOf("temperature", "Temperature")}
        {numberOf("max_tokens", "Most tokens")}
        {numberOf("top_p", "Top p")}
        <StopField parameters={parameters} standing={standing} onChange={(stops) => set("stop", stops)} />
        {choices.map(({ parameter, values }) => (
          <ChoiceField
            key={parameter}
            name={parameter}
            values={values}
            value={parameters[parameter]}
            unset={unset(standing[parameter])}
            onChange={(given) => set(parameter, given)}
          />
        ))}
      </fieldset>
      <details
        className={styles.all}
        open={isOpen || fault !== undefined || faultOf?.() !== undefined}
        onToggle={(event) => setOpen(event.currentTarget.open)}
      >
        <summary>All parameters as JSON</summary>
        <JsonField
          label="Parameters as JSON"
          hideLabel
          value={value}
          parse={parseObject}
          fault={faultOf?.()}
          placeholder="{}"
          hint="An object that goes to the provider as it is."
          onChange={onChange}
        />
      </details>
    </>
  );
}

function unset(standing: unknown): string {
  return standing === undefined ? "Not set" : JSON.stringify(standing);
}

interface StopFieldProps {
  parameters: JsonObject;
  standing: JsonObject;
  onChange: (stops: string[] | undefined) => void;
}

function StopField({ parameters, standing, onChange }: StopFieldProps) {
  const text = readStops(parameters);
  return (
    <TextArea
      label="Stop at"
      mono
      rows={1}
      value={text ?? JSON.stringify(parameters.stop)}
      disabled={text === undefined}
      hint={text === undefined ? "Change it in the JSON below." : undefined}
      placeholder={standing.stop === undefined ? "One a line" : unset(standing.stop)}
      className={styles.stop}
      onChange={(event) => onChange(toStops(event.target.value))}
    />
  );
}

interface ChoiceFieldProps {
  name: string;
  values: readonly string[];
  value: unknown;
  unset: string;
  onChange: (value: string | undefined) => void;
}

function ChoiceField({ name, values, value, unset, onChange }: ChoiceFieldProps) {
  const chosen = value === undefined ? "" : String(value);
  return (
    <SelectField label={name} value={chosen} onChange={(event) => onChange(event.target.value || undefined)}>
      <option value="">{unset}</option>
      {[...new Set([...values, ...(chosen ? [chosen] : [])])].map((each) => (
        <option key={each}>{each}</option>
      ))}
    </SelectField>
  );
}
