import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, type Session, take } from "../../api/client";
import { faultAt } from "../../api/fault-at";
import { FormDialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { useToast } from "../../ui/toast";
import { forgetDraft } from "./use-draft";

interface RenameDialogProps {
  session: Session;
  onRenamed: (session: Session) => void;
  onClose: () => void;
}

export function RenameDialog({ session, onRenamed, onClose }: RenameDialogProps) {
  const queries = useQueryClient();
  const [name, setName] = useState(session.name);
  const renaming = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), updateMask: "name" };
      return take(api.PUT("/api/sessions/{id}", { params: { path: { id: session.id } }, body }));
    },
    onSuccess: async (answer) => {
      if (answer.session) onRenamed(answer.session);
      queries.invalidateQueries({ queryKey: ["sessions", session.promptId] });
      await queries.invalidateQueries({ queryKey: ["session"] });
      onClose();
    },
  });
  return (
    <FormDialog
      title="Rename the session"
      action="Rename"
      busy={renaming.isPending}
      error={renaming.error}
      onSubmit={() => renaming.mutate()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        autoFocus
        maxLength={255}
        placeholder={`Session ${session.serial}`}
        value={name}
        fault={faultAt(renaming.error, "name")}
        onChange={(event) => setName(event.target.value)}
      />
    </FormDialog>
  );
}

export function DeleteDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const tell = useToast();
  const deleting = useMutation({
    mutationFn: () => take(api.DELETE("/api/sessions/{id}", { params: { path: { id: session.id } } })),
    onSuccess: () => {
      forgetDraft(session.id);
      queries.invalidateQueries({ queryKey: ["sessions", session.promptId] });
      tell("The session is deleted.");
      navigate(`/prompts/${session.promptId}`);
    },
  });
  return (
    <FormDialog
      title="Delete the session"
      action="Delete"
      danger
      busy={deleting.isPending}
      error={deleting.error}
      onSubmit={() => deleting.mutate()}
      onClose={onClose}
    >
      <p>
        The draft is lost, also what of it is not saved. Versions that were committed from it stay, and so do its runs.
      </p>
    </FormDialog>
  );
}
