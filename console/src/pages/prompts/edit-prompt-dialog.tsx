import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Prompt, take } from "../../api/client";
import { useReload } from "../../api/reload";
import { FormDialog } from "../../ui/dialog";
import { type PromptDraft, PromptFields } from "./prompt-fields";

const FIELDS = "name,description,alias,folderId,strictVariables";

export function EditPromptDialog({ prompt, onClose }: { prompt: Prompt; onClose: () => void }) {
  const { name, description, alias, folderId, strictVariables } = prompt;
  const [draft, setDraft] = useState<PromptDraft>({ name, description, alias, folderId, strictVariables });
  const reload = useReload();
  const saving = useMutation({
    mutationFn: () => {
      const body = { ...draft, name: draft.name.trim(), updateMask: FIELDS };
      return take(api.PATCH("/api/prompts/{id}", { params: { path: { id: prompt.id } }, body }));
    },
    onSuccess: async () => {
      await reload("prompt", "prompts", "folders");
      onClose();
    },
  });
  return (
    <FormDialog
      title="Edit the prompt"
      action="Save"
      busy={saving.isPending}
      disabled={!draft.name.trim()}
      error={saving.error}
      onSubmit={() => saving.mutate()}
      onClose={onClose}
    >
      <PromptFields draft={draft} onChange={setDraft} error={saving.error} />
    </FormDialog>
  );
}
