import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, take } from "../../api/client";
import { newRequestId } from "../../api/request-id";
import { FormDialog } from "../../ui/dialog";
import { SelectField } from "../../ui/field";
import { useToast } from "../../ui/toast";
import type { Secrets } from "./secret-card";

interface RotateDialogProps {
  onClose: () => void;
  onRotated: (secrets: Secrets) => void;
}

/** Makes a new signing secret, and hands it on. */
export function RotateDialog({ onClose, onRotated }: RotateDialogProps) {
  const tell = useToast();
  const [grace, setGrace] = useState("86400s");
  const requestId = useRef(newRequestId());
  const rotating = useMutation({
    mutationFn: () => take(api.POST("/api/webhooks/secret/rotate", { body: { grace, requestId: requestId.current } })),
    // Nothing keeps the secret but the card that shows it.
    gcTime: 0,
    onSuccess: (secrets) => {
      onRotated(secrets);
      tell("Webhooks are signed with a new secret.");
      onClose();
    },
  });
  return (
    <FormDialog
      title="Rotate the signing secret"
      action="Rotate"
      danger
      busy={rotating.isPending}
      error={rotating.error}
      onClose={onClose}
      onSubmit={() => rotating.mutate()}
    >
      <p>
        Webhooks are signed with a new secret at once. While the present one signs as well, receivers verify with
        either: give every one of them the new secret in this time.
      </p>
      <SelectField
        label="The present one signs on for"
        hint="Not at all, if it is in the wrong hands."
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
        <option value="2592000s">30 days</option>
      </SelectField>
    </FormDialog>
  );
}
