import { ChevronRight, Trash2 } from "lucide-react";
import { useState } from "react";
import { Badge } from "../../ui/badge";
import { IconButton } from "../../ui/button";
import { CheckField, SelectField, TextField } from "../../ui/field";
import { isolate } from "../../ui/isolate";
import ui from "../../ui/ui.module.css";
import { DefaultField } from "./default-field";
import type { VariableDraft } from "./draft";
import { OptionsField } from "./options-field";
import styles from "./session.module.css";

interface VariableItemProps {
  variable: VariableDraft;
  /** Whether no message has a hole for it. */
  isUnused: boolean;
  startsOpen: boolean;
  faultOf: (...place: (string | number)[]) => string | undefined;
  onChange: (variable: VariableDraft) => void;
  onDelete: () => void;
}

export function VariableItem({ variable, isUnused, startsOpen, faultOf, onChange, onDelete }: VariableItemProps) {
  const [isOpen, setOpen] = useState(startsOpen);
  const hasFault = faultOf() !== undefined;
  return (
    <li data-key={variable.key} className={styles.variable}>
      <details open={isOpen || hasFault} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <ChevronRight className={styles.chevron} size={16} aria-hidden="true" />
          <code className={styles.name}>{variable.name || "New variable"}</code>
          <Summary variable={variable} isUnused={isUnused} />
        </summary>
        <VariableFields variable={variable} faultOf={faultOf} onChange={onChange} />
      </details>
      <IconButton label={`Delete variable ${variable.name}`} kind="quiet" small onClick={onDelete}>
        <Trash2 size={15} />
      </IconButton>
    </li>
  );
}

function Summary({ variable, isUnused }: Pick<VariableItemProps, "variable" | "isUnused">) {
  const { type, options, required, defaultValue } = variable;
  const words = [
    type === "TYPE_SELECT" ? `one of ${options.length}` : "text",
    defaultValue !== undefined
      ? `default ${defaultValue ? `“${isolate(defaultValue)}”` : "empty"}`
      : required && "required",
  ];
  return (
    <>
      <span className={styles.words}>{words.filter(Boolean).join(", ")}</span>
      {isUnused && variable.name && <Badge tone="wait">No hole</Badge>}
    </>
  );
}

function VariableFields({ variable, faultOf, onChange }: Pick<VariableItemProps, "variable" | "faultOf" | "onChange">) {
  const set = (part: Partial<VariableDraft>) => onChange({ ...variable, ...part });
  const isSelect = variable.type === "TYPE_SELECT";
  return (
    <div className={styles.fields}>
      <div className={ui.pair}>
        <TextField
          label="Name"
          mono
          spellCheck={false}
          maxLength={64}
          value={variable.name}
          fault={faultOf("name")}
          onChange={(event) => set({ name: event.target.value })}
        />
        <SelectField
          label="Type"
          value={isSelect ? "TYPE_SELECT" : "TYPE_TEXT"}
          fault={faultOf("type")}
          onChange={(event) => set({ type: event.target.value as VariableDraft["type"] })}
        >
          <option value="TYPE_TEXT">Text</option>
          <option value="TYPE_SELECT">One of some options</option>
        </SelectField>
      </div>
      {isSelect && (
        <OptionsField options={variable.options} faultOf={faultOf} onChange={(options) => set({ options })} />
      )}
      <TextField
        label="Description"
        placeholder="What to write"
        value={variable.description}
        fault={faultOf("description")}
        onChange={(event) => set({ description: event.target.value })}
      />
      <CheckField
        label="Required"
        hint="A run without a value is refused, unless there is a default."
        checked={variable.required}
        onChange={(event) => set({ required: event.target.checked })}
      />
      {!isSelect && variable.required && (
        <CheckField
          label="An empty text is a value, too"
          checked={variable.allowEmpty}
          onChange={(event) => set({ allowEmpty: event.target.checked })}
        />
      )}
      <DefaultField variable={variable} fault={faultOf("defaultValue")} onChange={set} />
    </div>
  );
}
