import { api, take } from "../../api/client";
import { GRACES, RenewDialog } from "../../ui/renew-dialog";
import { useToast } from "../../ui/toast";
import type { Secrets } from "./secret-card";

interface RotateDialogProps {
  onClose: () => void;
  onRotated: (secrets: Secrets) => void;
}

/** Makes a new signing secret, and hands it on. */
export function RotateDialog({ onClose, onRotated }: RotateDialogProps) {
  const tell = useToast();
  return (
    <RenewDialog
      title="Rotate the signing secret"
      action="Rotate"
      label="The present one signs on for"
      hint="Not at all, if it is in the wrong hands."
      graces={[...GRACES, ["2592000s", "30 days"]]}
      renew={(body) => take(api.POST("/api/webhooks/secret/rotate", { body }))}
      onRenewed={(secrets) => {
        onRotated(secrets);
        tell("Webhooks are signed with a new secret.");
        onClose();
      }}
      onClose={onClose}
    >
      <p>
        Webhooks are signed with a new secret at once. While the present one signs as well, receivers verify with
        either: give every one of them the new secret in this time.
      </p>
    </RenewDialog>
  );
}
