import { useCan } from "../../caller/caller";
import { Button } from "../../ui/button";
import { Combobox } from "../../ui/combobox";
import { SelectField } from "../../ui/field";
import ui from "../../ui/ui.module.css";
import type { Chosen, Group } from "./chosen";
import type { NamesById } from "./names";
import { RANGES, type RangeName } from "./ranges";
import styles from "./usage.module.css";
import type { Names } from "./use-usage";

interface FiltersProps {
  chosen: Chosen;
  names: Names;
  onChange: (chosen: Chosen) => void;
}

export function Filters({ chosen, names, onChange }: FiltersProps) {
  const can = useCan();
  const set = (part: Partial<Chosen>) => onChange({ ...chosen, ...part });
  return (
    <div className={styles.filters}>
      <Ranges chosen={chosen.range} onChoose={(range) => set({ range })} />
      <SelectField label="Show" value={chosen.group} onChange={(event) => set({ group: event.target.value as Group })}>
        <option value="">All together</option>
        <option value="key">By key</option>
        <option value="prompt">By prompt</option>
        <option value="model">By model</option>
      </SelectField>
      <NameFilter
        label="Prompt"
        every="Every prompt"
        scope={can("prompts:read") ? undefined : "prompts:read"}
        names={names.prompts}
        value={chosen.promptId}
        onChoose={(promptId) => set({ promptId })}
      />
      <NameFilter
        label="Key"
        every="Every key"
        scope={can("keys:read") ? undefined : "keys:read"}
        names={names.keys}
        value={chosen.keyId}
        onChoose={(keyId) => set({ keyId })}
      />
    </div>
  );
}

function Ranges({ chosen, onChoose }: { chosen: RangeName; onChoose: (range: RangeName) => void }) {
  return (
    <fieldset className={styles.ranges}>
      <legend className={ui.label}>Last</legend>
      <div className={styles.segments}>
        {(Object.keys(RANGES) as RangeName[]).map((name) => (
          <Button
            key={name}
            kind="quiet"
            className={styles.segment}
            aria-pressed={name === chosen}
            onClick={() => onChoose(name)}
          >
            {RANGES[name].words}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}

interface NameFilterProps {
  label: string;
  every: string;
  /** The scope that the key lacks to know the names. */
  scope?: string;
  names: NamesById;
  value: string;
  onChoose: (id: string) => void;
}

function NameFilter({ label, every, scope, names, value, onChoose }: NameFilterProps) {
  const choices = [...names].map(([id, name]) => ({ value: id, name, detail: id.slice(-8) }));
  return (
    <Combobox
      label={label}
      choices={scope ? [] : [{ value: "", name: every }, ...choices]}
      value={value}
      placeholder={scope && `Takes ${scope}`}
      disabled={scope !== undefined}
      onChoose={onChoose}
    />
  );
}
