import { faultAt } from "../../api/fault-at";
import { ImageInputs } from "../../runs/image-inputs";
import { inputFaults } from "../../runs/input-faults";
import { type Inputs, InputsForm } from "../../runs/inputs-form";
import { RunButtons } from "../../runs/run-buttons";
import { TextArea, TextField } from "../../ui/field";
import { Card } from "../../ui/page";
import { shortcutName } from "../../ui/shortcut";
import ui from "../../ui/ui.module.css";
import { type Form, type Found, mergeImages, mergeVariables } from "./form";
import { parsePairs } from "./pairs";
import styles from "./playground.module.css";

interface InputsCardProps {
  found: readonly Found[];
  form: Form;
  /** The inputs of the last run. */
  sent: Inputs;
  /** Why runs were refused. */
  errors: readonly (Error | undefined)[];
  isRunning: boolean;
  /** Why it cannot be run; undefined: it can. */
  hindrance?: string;
  onChange: (part: Partial<Form>) => void;
  onRun: () => void;
  onStop: () => void;
}

/** The values that a run gets, and the button that makes it. */
export function InputsCard({ found, form, sent, errors, isRunning, hindrance, ...on }: InputsCardProps) {
  const variables = mergeVariables(found);
  const names = variables.map(({ name }) => name);
  const faultOf = (...place: (string | number)[]) => errors.map((error) => faultAt(error, ...place)).find(Boolean);
  return (
    <Card title="Inputs">
      {found.length === 0 ? (
        <p className={ui.hint}>Choose a prompt: its variables are filled in here.</p>
      ) : (
        <div className={styles.values}>
          <InputsForm
            variables={variables}
            inputs={form.inputs}
            faults={inputFaults(errors, names, form.inputs, sent)}
            onChange={(inputs) => on.onChange({ inputs })}
          />
        </div>
      )}
      <ImageInputs
        descriptions={mergeImages(found)}
        chosen={form.images}
        onChange={(images) => on.onChange({ images })}
        faultOf={(index) => faultOf("images", ...(index === undefined ? [] : [index]))}
      />
      <MoreFields form={form} faultOf={faultOf} onChange={on.onChange} />
      <RunButtons
        action={found.length > 1 ? "Run both" : "Run"}
        isRunning={isRunning}
        hindrance={hindrance}
        hint={shortcutName("Enter")}
        onRun={on.onRun}
        onStop={on.onStop}
      />
    </Card>
  );
}

interface MoreFieldsProps {
  form: Form;
  faultOf: (...place: (string | number)[]) => string | undefined;
  onChange: (part: Partial<Form>) => void;
}

function MoreFields({ form, faultOf, onChange }: MoreFieldsProps) {
  return (
    <details className={styles.more}>
      <summary>End user and metadata</summary>
      <div className={styles.fields}>
        <TextField
          label="End user"
          hint="For whom the run is made. Runs can be found by it."
          maxLength={256}
          value={form.endUserId}
          fault={faultOf("endUserId")}
          onChange={(event) => onChange({ endUserId: event.target.value })}
        />
        <TextArea
          label="Metadata"
          hint="To find the run by: one name=value a line, up to 16."
          mono
          rows={2}
          placeholder="team=search"
          value={form.metadata}
          fault={parsePairs(form.metadata).fault ?? faultOf("metadata")}
          onChange={(event) => onChange({ metadata: event.target.value })}
        />
      </div>
    </details>
  );
}
