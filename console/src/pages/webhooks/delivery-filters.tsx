import { Button } from "../../ui/button";
import { SelectField, TextField } from "../../ui/field";
import type { Chosen } from "./webhooks";
import styles from "./webhooks.module.css";

interface DeliveryFiltersFormProps {
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
}

export function DeliveryFiltersForm({ chosen, onChange }: DeliveryFiltersFormProps) {
  const set = (part: Partial<Chosen>) => onChange({ ...chosen, ...part });
  const isAny = chosen.state || chosen.from || chosen.to;
  return (
    <div className={styles.filters}>
      <SelectField label="State" value={chosen.state} onChange={(event) => set({ state: event.target.value })}>
        <option value="">Any</option>
        <option value="STATE_PENDING">Pending</option>
        <option value="STATE_SUCCEEDED">Succeeded</option>
        <option value="STATE_FAILED">Failed</option>
      </SelectField>
      <TextField
        label="Runs created from"
        type="datetime-local"
        value={chosen.from}
        onChange={(event) => set({ from: event.target.value })}
      />
      <TextField
        label="Before"
        type="datetime-local"
        value={chosen.to}
        onChange={(event) => set({ to: event.target.value })}
      />
      {isAny && (
        <Button kind="quiet" onClick={() => onChange({ state: "", from: "", to: "" })}>
          Clear
        </Button>
      )}
    </div>
  );
}
