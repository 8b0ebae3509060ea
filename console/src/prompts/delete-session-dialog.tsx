import { useMutation } from "@tanstack/react-query";
import { api, type Session, take } from "../api/client";
import { useReload } from "../api/reload";
import { FormDialog } from "../ui/dialog";
import { useToast } from "../ui/toast";
import { sessionName } from "./session-name";

interface DeleteSessionDialogProps {
  session: Session;
  onClose: () => void;
  /** Called once it is deleted, in place of `onClose`. */
  onDeleted?: () => void;
}

export function DeleteSessionDialog({ session, onClose, onDeleted = onClose }: DeleteSessionDialogProps) {
  const name = sessionName(session);
  const reload = useReload();
  const tell = useToast();
  const deleting = useMutation({
    mutationFn: () => take(api.DELETE("/api/sessions/{id}", { params: { path: { id: session.id } } })),
    onSuccess: async () => {
      onDeleted();
      tell(`“${name}” is deleted.`);
      await reload("sessions");
    },
  });
  return (
    <FormDialog
      title={`Delete “${name}”?`}
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
