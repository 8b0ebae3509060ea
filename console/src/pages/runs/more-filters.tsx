import { useModels } from "../../api/models";
import { Combobox } from "../../ui/combobox";
import { SelectField } from "../../ui/field";
import { toInstant, toLocal } from "../../ui/local-time";
import { isRunReason, RUN_REASONS, reasonName, reasonWords } from "./error-reasons";
import type { FilterProps } from "./filter-bar";
import { FilterText } from "./filter-text";
import { STARS } from "./filters";
import styles from "./filters.module.css";
import { MetadataFilter } from "./metadata-filter";
import { Stars } from "./stars";
import { Toggles } from "./toggles";
import { useDraft } from "./use-draft";

/** The filters that are needed less often. */
export function MoreFilters({ filters, onChange }: FilterProps) {
  return (
    <div className={styles.others}>
      <ModelFilter filters={filters} onChange={onChange} />
      <FilterText
        label="End user"
        placeholder="As the caller names them"
        value={filters.endUser}
        onChange={(endUser) => onChange({ endUser })}
      />
      <SelectField
        label="Error reason"
        value={filters.reason}
        onChange={({ target }) => onChange({ reason: isRunReason(target.value) ? target.value : "" })}
      >
        <option value="">Any, or none</option>
        {RUN_REASONS.map((reason) => (
          <option key={reason} value={reason} title={reasonName(reason)}>
            {reasonWords(reason)}
          </option>
        ))}
      </SelectField>
      <FilterText
        label="Created from"
        type="datetime-local"
        step="any"
        value={toLocal(filters.from)}
        onChange={(local) => onChange({ from: toInstant(local) })}
      />
      <FilterText
        label="Created before"
        type="datetime-local"
        step="any"
        value={toLocal(filters.to)}
        onChange={(local) => onChange({ to: toInstant(local) })}
      />
      <Toggles
        legend="Rating"
        choices={STARS.map((count) => [count, <Stars key={count} count={count} />])}
        chosen={filters.stars}
        onChange={(stars) => onChange({ stars })}
      />
      <MetadataFilter
        metadata={filters.metadata}
        onAdd={(name, value) => onChange({ metadata: { ...filters.metadata, [name]: value } })}
      />
    </div>
  );
}

function ModelFilter({ filters, onChange }: FilterProps) {
  const [draft, setDraft] = useDraft(filters.model, (model) => onChange({ model }));
  const providers = new Map(useModels().map((model) => [model.providerModel, model.provider]));
  return (
    <Combobox
      label="Model"
      free
      placeholder="By the provider's name"
      choices={[...providers].map(([name, provider]) => ({ value: name, name, detail: provider }))}
      value={draft}
      onChoose={setDraft}
    />
  );
}
