import { faultAt } from "../../api/fault-at";
import { useFolders } from "../../api/folders";
import { refusedFor } from "../../api/refused-for";
import { CheckField, SelectField, TextArea, TextField } from "../../ui/field";

/** What a prompt is called, and where it is. */
export interface PromptDraft {
  name: string;
  description: string;
  alias: string;
  folderId: string;
  strictVariables: boolean;
}

interface PromptFieldsProps {
  draft: PromptDraft;
  onChange: (draft: PromptDraft) => void;
  error: Error | null;
}

export function PromptFields({ draft, onChange, error }: PromptFieldsProps) {
  const folders = useFolders();
  const set = (change: Partial<PromptDraft>) => onChange({ ...draft, ...change });
  return (
    <>
      <TextField
        label="Name"
        maxLength={255}
        value={draft.name}
        fault={faultAt(error, "name")}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextArea
        label="Description"
        hint="What the prompt is for. May be empty."
        rows={3}
        maxLength={10_000}
        value={draft.description}
        fault={faultAt(error, "description")}
        onChange={(event) => set({ description: event.target.value })}
      />
      <TextField
        label="Alias"
        hint="A word that callers may use in place of the id, such as an id from elsewhere. May be empty."
        mono
        maxLength={64}
        spellCheck={false}
        autoComplete="off"
        value={draft.alias}
        fault={faultAt(error, "alias") ?? refusedFor(error, "ALIAS_TAKEN")}
        onChange={(event) => set({ alias: event.target.value })}
      />
      <SelectField
        label="Folder"
        value={draft.folderId}
        fault={faultAt(error, "folderId") ?? refusedFor(error, "FOLDER_NOT_FOUND")}
        onChange={(event) => set({ folderId: event.target.value })}
      >
        <option value="">No folder</option>
        {folders.data?.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <CheckField
        label="Runs must give every variable a value"
        hint="Then defaults of variables stand in for nothing."
        checked={draft.strictVariables}
        onChange={(event) => set({ strictVariables: event.target.checked })}
      />
    </>
  );
}
