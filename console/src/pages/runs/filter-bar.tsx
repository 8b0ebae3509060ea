import { SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/button";
import { Combobox } from "../../ui/combobox";
import { FilterChips } from "./filter-chips";
import { FilterText } from "./filter-text";
import { type Filters, STATES } from "./filters";
import styles from "./filters.module.css";
import { MoreFilters } from "./more-filters";
import { Toggles } from "./toggles";
import { usePromptNames } from "./use-prompt-names";

export interface FilterProps {
  filters: Filters;
  /** Some of them change. */
  onChange: (changed: Partial<Filters>) => void;
}

const STATE_NAMES = STATES.map((state) => {
  const word = state.replace("STATE_", "");
  return [state, word.charAt(0) + word.slice(1).toLowerCase()] as const;
});

/** What narrows the list: the most used at once, the others below a button, and all that is set in a row. */
export function FilterBar({ filters, onChange }: FilterProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <search className={styles.filters}>
      <div className={styles.first}>
        <FilterText
          label="Text"
          type="search"
          placeholder={'Words, or "a phrase"'}
          hint="In inputs and outputs. A run is found a few seconds after its end."
          maxLength={1000}
          value={filters.text}
          onChange={(text) => onChange({ text: text.trim() && text })}
        />
        <PromptFilter filters={filters} onChange={onChange} />
        <Button
          className={styles.more}
          aria-expanded={isOpen}
          aria-controls="more-filters"
          onClick={() => setOpen(!isOpen)}
        >
          <SlidersHorizontal size={15} aria-hidden="true" />
          {isOpen ? "Fewer filters" : "More filters"}
        </Button>
      </div>
      <Toggles
        legend="State"
        choices={STATE_NAMES}
        chosen={filters.states}
        onChange={(states) => onChange({ states })}
      />
      <div id="more-filters" hidden={!isOpen}>
        {isOpen && <MoreFilters filters={filters} onChange={onChange} />}
      </div>
      <FilterChips filters={filters} onChange={onChange} />
    </search>
  );
}

function PromptFilter({ filters, onChange }: FilterProps) {
  const { canRead, prompts = [], find } = usePromptNames();
  const choose = (prompt: string) => onChange({ prompt });
  if (!canRead) {
    return <FilterText label="Prompt" placeholder="Id or alias" value={filters.prompt} onChange={choose} />;
  }
  const choices = prompts.map(({ id, name, alias }) => ({ value: id, name, detail: alias }));
  return (
    <Combobox
      label="Prompt"
      placeholder="Name, alias or id"
      choices={[{ value: "", name: "Any" }, ...choices]}
      value={find(filters.prompt)?.id ?? filters.prompt}
      onChoose={choose}
    />
  );
}
