import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Key, take } from "../../api/client";
import { useCaller } from "../../caller/caller";
import { FormDialog } from "../../ui/dialog";
import { Note } from "../../ui/notes";
import { changed, draftOf, isComplete } from "./draft";
import { KeyFields } from "./key-fields";
import { keyName } from "./key-name";

/** Changes a key; its secret stays. */
export function EditDialog({ of, onClose }: { of: Key; onClose: () => void }) {
  const queries = useQueryClient();
  const { caller, refresh } = useCaller();
  const isOwn = caller?.key?.id === of.id;
  const [draft, setDraft] = useState(() => draftOf(of));
  const editing = useMutation({
    mutationFn: async () => {
      const body = changed(of, draft, Date.now());
      if (body) await take(api.PATCH("/api/keys/{id}", { params: { path: { id: of.id } }, body }));
    },
    onSuccess: async () => {
      // What the key may do was asked for when it signed in.
      if (isOwn) await refresh();
      onClose();
      await queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  return (
    <FormDialog
      title={`Edit ${keyName(of)}`}
      action="Save"
      busy={editing.isPending}
      disabled={!isComplete(draft) || changed(of, draft, Date.now()) === undefined}
      error={editing.error}
      onClose={onClose}
      onSubmit={() => editing.mutate()}
    >
      {isOwn && <Note kind="wait">You are signed in with this key. What it loses, you lose here, too.</Note>}
      <KeyFields draft={draft} error={editing.error} expires={of.expireTime ?? ""} onChange={setDraft} />
    </FormDialog>
  );
}
