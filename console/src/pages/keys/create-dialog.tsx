import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, take } from "../../api/client";
import { newRequestId } from "../../api/request-id";
import { FormDialog } from "../../ui/dialog";
import { created, type Draft, isComplete, NEW } from "./draft";
import { KeyFields } from "./key-fields";
import type { NewSecret } from "./secret-dialog";

interface CreateDialogProps {
  onClose: () => void;
  onMade: (made: NewSecret) => void;
}

/** Makes a key, and hands its secret on. */
export function CreateDialog({ onClose, onMade }: CreateDialogProps) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(NEW);
  // Asked again as it was asked before, so that a retry makes no second key.
  const asked = useRef<ReturnType<typeof created> & { requestId: string }>(undefined);
  const change = (next: Draft) => {
    asked.current = undefined;
    setDraft(next);
  };
  const creating = useMutation({
    mutationFn: () => {
      asked.current ??= { ...created(draft, Date.now()), requestId: newRequestId() };
      return take(api.POST("/api/keys", { body: asked.current }));
    },
    // Nothing keeps the secret but the dialog that shows it.
    gcTime: 0,
    onSuccess: async ({ key, secret }) => {
      onMade({ name: key?.displayName ?? "", secret });
      await queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  return (
    <FormDialog
      title="Create a key"
      action="Create"
      busy={creating.isPending}
      disabled={!isComplete(draft)}
      error={creating.error}
      onClose={onClose}
      onSubmit={() => creating.mutate()}
    >
      <KeyFields draft={draft} error={creating.error} onChange={change} />
    </FormDialog>
  );
}
