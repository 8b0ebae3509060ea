import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Key, take } from "../../api/client";
import { useCaller } from "../../caller/caller";
import { FormDialog } from "../../ui/dialog";
import { Note } from "../../ui/notes";
import { useToast } from "../../ui/toast";
import { keyName } from "./key-name";

/** Ends a key for good. */
export function RevokeDialog({ of, onClose }: { of: Key; onClose: () => void }) {
  const queries = useQueryClient();
  const tell = useToast();
  const { caller, signOut } = useCaller();
  const isOwn = caller?.key?.id === of.id;
  const name = keyName(of);
  const revoking = useMutation({
    mutationFn: () => take(api.POST("/api/keys/{id}/revoke", { params: { path: { id: of.id } }, body: {} })),
    onSuccess: async () => {
      tell(`${name} is revoked.`);
      onClose();
      if (isOwn) signOut();
      else await queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  return (
    <FormDialog
      title={`Revoke ${name}`}
      action="Revoke"
      danger
      busy={revoking.isPending}
      error={revoking.error}
      onClose={onClose}
      onSubmit={() => revoking.mutate()}
    >
      <p>
        Whoever calls with <code>{of.prefix}…</code> is refused everywhere within a second. This cannot be undone: a
        revoked key never works again. What was made with it stays.
      </p>
      {isOwn && (
        <Note kind="bad">You are signed in with this key. Revoking it signs you out: have another one at hand.</Note>
      )}
    </FormDialog>
  );
}
