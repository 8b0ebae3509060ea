import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, type Key, take } from "../../api/client";
import { newRequestId } from "../../api/request-id";
import { useCaller } from "../../caller/caller";
import { FormDialog } from "../../ui/dialog";
import { SelectField } from "../../ui/field";
import { Note } from "../../ui/notes";
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
  const [grace, setGrace] = useState("86400s");
  const requestId = useRef(newRequestId());
  const name = keyName(of);
  const regenerating = useMutation({
    mutationFn: () => {
      const params = { path: { id: of.id } };
      return take(api.POST("/api/keys/{id}/regenerate", { params, body: { grace, requestId: requestId.current } }));
    },
    // Nothing keeps the secret but the dialog that shows it.
    gcTime: 0,
    onSuccess: async ({ secret }) => {
      onMade({ name, secret });
      if (isOwn) await signIn(secret);
      await queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  return (
    <FormDialog
      title={`Regenerate ${name}`}
      action="Regenerate"
      danger
      busy={regenerating.isPending}
      error={regenerating.error}
      onClose={onClose}
      onSubmit={() => regenerating.mutate()}
    >
      <p>The key gets a new secret, which you see once. Its id, scopes, owner and limits stay.</p>
      <SelectField
        label="The old secret works on for"
        hint="Time to change it where the key is used. Not at all, if the secret is in the wrong hands."
        value={grace}
        onChange={(event) => {
          requestId.current = newRequestId();
          setGrace(event.target.value);
        }}
      >
        <option value="0s">Not at all</option>
        <option value="3600s">1 hour</option>
        <option value="86400s">24 hours</option>
        <option value="604800s">7 days</option>
      </SelectField>
      {isOwn && (
        <Note kind="wait">
          You are signed in with this key. This tab goes on with the new secret; every other place where the key is used
          needs it, too.
        </Note>
      )}
    </FormDialog>
  );
}
