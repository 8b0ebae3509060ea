import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Session, take } from "../../api/client";
import { faultAt } from "../../api/fault-at";
import { useReload } from "../../api/reload";
import { sessionName } from "../../prompts/session-name";
import { FormDialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";

interface RenameDialogProps {
  session: Session;
  onRenamed: (session: Session) => void;
  onClose: () => void;
}

export function RenameDialog({ session, onRenamed, onClose }: RenameDialogProps) {
  const reload = useReload();
  const [name, setName] = useState(session.name);
  const renaming = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), updateMask: "name" };
      return take(api.PUT("/api/sessions/{id}", { params: { path: { id: session.id } }, body }));
    },
    onSuccess: async (answer) => {
      if (answer.session) onRenamed(answer.session);
      await reload("sessions", "session");
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
        maxLength={255}
        placeholder={sessionName({ ...session, name: "" })}
        value={name}
        fault={faultAt(renaming.error, "name")}
        onChange={(event) => setName(event.target.value)}
      />
    </FormDialog>
  );
}
