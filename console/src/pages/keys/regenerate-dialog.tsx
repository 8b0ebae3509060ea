import { useQueryClient } from "@tanstack/react-query";
import { api, type Key, take } from "../../api/client";
import { useCaller } from "../../caller/caller";
import { Note } from "../../ui/notes";
import { RenewDialog } from "../../ui/renew-dialog";
import { keyName } from "./key-name";
import type { NewSecret } from "./secret-dialog";

interface RegenerateDialogProps {
  of: Key;
  onClose: () => void;
  onMade: (made: NewSecret) => void;
}

/** Gives a key a new secret, and hands it on. */
export function RegenerateDialog({ of, onClose, onMade }: RegenerateDialogProps) {
  const queries = useQueryClient();
  const { caller, signIn } = useCaller();
  const isOwn = caller?.key?.id === of.id;
  const name = keyName(of);
  return (
    <RenewDialog
      title={`Regenerate ${name}`}
      action="Regenerate"
      label="The old secret works on for"
      hint="Time to change it where the key is used. Not at all, if the secret is in the wrong hands."
      renew={(body) => take(api.POST("/api/keys/{id}/regenerate", { params: { path: { id: of.id } }, body }))}
      onRenewed={async ({ secret }) => {
        onMade({ name, secret });
        if (isOwn) await signIn(secret);
        await queries.invalidateQueries({ queryKey: ["keys"] });
      }}
      onClose={onClose}
    >
      <p>The key gets a new secret, which you see once. Its id, scopes, owner and limits stay.</p>
      {isOwn && (
        <Note kind="wait">
          You are signed in with this key. This tab goes on with the new secret; every other place where the key is used
          needs it, too.
        </Note>
      )}
    </RenewDialog>
  );
}
