import { Plus, X } from "lucide-react";
import { useRef } from "react";
import type { Variable } from "../../api/client";
import { Button, IconButton } from "../../ui/button";
import { TextField } from "../../ui/field";
import ui from "../../ui/ui.module.css";
import { useNextFocus } from "../../ui/use-next-focus";
import styles from "./session.module.css";

type Option = Variable["options"][number];

interface OptionsFieldProps {
  options: readonly Option[];
  faultOf: (...place: (string | number)[]) => string | undefined;
  onChange: (options: Option[]) => void;
}

/** The choices of a variable: what people see, and what the text gets. */
export function OptionsField({ options, faultOf, onChange }: OptionsFieldProps) {
  const group = useRef<HTMLFieldSetElement>(null);
  const focusNext = useNextFocus();
  const set = (index: number, part: Partial<Option>) =>
    onChange(options.map((option, at) => (at === index ? { ...option, ...part } : option)));
  return (
    <fieldset ref={group} className={styles.options}>
      <legend>Options</legend>
      {options.map((option, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may be equal while they are typed
        <div key={index} className={styles.option}>
          <TextField
            label={`Name of option ${index + 1}`}
            hideLabel
            placeholder="Name that people see"
            value={option.name}
            fault={faultOf("options", index, "name")}
            onChange={(event) => set(index, { name: event.target.value })}
          />
          <TextField
            label={`Value of option ${index + 1}`}
            hideLabel
            placeholder="Value in the text"
            value={option.value}
            fault={faultOf("options", index, "value")}
            onChange={(event) => set(index, { value: event.target.value })}
          />
          <IconButton
            label={`Remove option ${index + 1}`}
            kind="quiet"
            onClick={() => onChange(options.filter((_, at) => at !== index))}
          >
            <X size={15} />
          </IconButton>
        </div>
      ))}
      {options.length === 0 && <p className={ui.fault}>A choice needs at least one option.</p>}
      <div>
        <Button
          small
          onClick={() => {
            onChange([...options, { name: "", value: "" }]);
            focusNext(() => group.current?.querySelector("div:nth-last-of-type(2) input"));
          }}
        >
          <Plus size={15} aria-hidden="true" />
          Add an option
        </Button>
      </div>
    </fieldset>
  );
}
