import { useMutation } from "@tanstack/react-query";
import { api, type Session, take } from "../../../api/client";
import { FormDialog } from "../../../ui/dialog";
import { useReload } from "../queries";

interface DeleteSessionDialogProps {
  session: Session;
  name: string;
  onClose: () => void;
}

export function DeleteSessionDialog({ session, name, onClose }: DeleteSessionDialogProps) {
  const reload = useReload();
  const deleting = useMutation({
    mutationFn: () => take(api.DELETE("/api/sessions/{id}", { params: { path: { id: session.id } } })),
    onSuccess: async () => {
      onClose();
      await reload("sessions", "session");
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
      <p>What was not committed is lost. Versions that were made of it stay.</p>
    </FormDialog>
  );
}
