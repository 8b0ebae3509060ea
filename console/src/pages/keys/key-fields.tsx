import { faultAt } from "../../api/fault-at";
import { CheckField, SelectField, TextField } from "../../ui/field";
import { exact } from "../../ui/format";
import ui from "../../ui/ui.module.css";
import type { Draft, Expiry } from "./draft";
import { ScopesField } from "./scopes-field";

interface KeyFieldsProps {
  draft: Draft;
  /** What the server refused. */
  error: Error | null;
  /** When the key that is changed stops working as it is; absent for a new key. */
  expires?: string;
  onChange: (draft: Draft) => void;
}

/** The fields of a form that makes or changes a key. */
export function KeyFields({ draft, error, expires, onChange }: KeyFieldsProps) {
  const set = (fields: Partial<Draft>) => onChange({ ...draft, ...fields });
  return (
    <>
      <div className={ui.pair}>
        <TextField
          label="Name"
          required
          maxLength={255}
          value={draft.displayName}
          placeholder="Checkout service"
          fault={faultAt(error, "displayName")}
          onChange={(event) => set({ displayName: event.target.value })}
        />
        <TextField
          label="Owner (optional)"
          maxLength={255}
          value={draft.owner}
          placeholder="Who or what it is for"
          fault={faultAt(error, "owner")}
          onChange={(event) => set({ owner: event.target.value })}
        />
      </div>
      <ScopesField scopes={draft.scopes} fault={faultAt(error, "scopes")} onChange={(scopes) => set({ scopes })} />
      <ExpiryFields draft={draft} fault={faultAt(error, "expireTime")} expires={expires} set={set} />
      <LimitFields draft={draft} error={error} set={set} />
      <CheckField
        label="Omit payloads"
        hint="Inputs, messages, outputs and providers' error messages of its runs are not kept; the rest of the record is."
        checked={draft.omitPayloads}
        onChange={(event) => set({ omitPayloads: event.target.checked })}
      />
    </>
  );
}

type Set = (fields: Partial<Draft>) => void;

function ExpiryFields(props: { draft: Draft; fault?: string; expires?: string; set: Set }) {
  const { draft, fault, expires, set } = props;
  return (
    <div className={ui.pair}>
      <SelectField
        label="Expires"
        fault={draft.expiry === "date" ? undefined : fault}
        value={draft.expiry}
        onChange={(event) => set({ expiry: event.target.value as Expiry })}
      >
        {expires !== undefined && <option value="same">As it is: {expires ? exact(expires) : "never"}</option>}
        {expires !== "" && <option value="never">Never</option>}
        <option value="30">In 30 days</option>
        <option value="90">In 90 days</option>
        <option value="365">In 1 year</option>
        <option value="date">On a date…</option>
      </SelectField>
      {draft.expiry === "date" && (
        <TextField
          label="Last day"
          type="date"
          required
          value={draft.date}
          hint="It works to the end of this day, by your clock."
          fault={fault}
          onChange={(event) => set({ date: event.target.value })}
        />
      )}
    </div>
  );
}

function LimitFields({ draft, error, set }: { draft: Draft; error: Error | null; set: Set }) {
  return (
    <div className={ui.pair}>
      <TextField
        label="Runs a minute"
        type="number"
        min={0}
        max={1_000_000}
        placeholder="No limit"
        value={draft.requestsPerMinute}
        fault={faultAt(error, "requestsPerMinute")}
        onChange={(event) => set({ requestsPerMinute: event.target.value })}
      />
      <TextField
        label="Runs at a time"
        type="number"
        min={0}
        max={100_000}
        placeholder="No limit"
        value={draft.concurrentRuns}
        fault={faultAt(error, "concurrentRuns")}
        onChange={(event) => set({ concurrentRuns: event.target.value })}
      />
    </div>
  );
}
