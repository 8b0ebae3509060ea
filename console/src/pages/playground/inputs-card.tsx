import { faultAt } from "../../api/fault-at";
import { FindingFields } from "../../runs/finding-fields";
import { ImageInputs } from "../../runs/image-inputs";
import { inputFaults } from "../../runs/input-faults";
import { type Inputs, InputsForm } from "../../runs/inputs-form";
import { RunButtons } from "../../runs/run-buttons";
import { Card } from "../../ui/page";
import { shortcutName } from "../../ui/shortcut";
import ui from "../../ui/ui.module.css";
import { type Form, type Found, mergeImages, mergeVariables } from "./form";
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
      <FindingFields finding={form} faultOf={faultOf} onChange={on.onChange} />
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
