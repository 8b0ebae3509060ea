import { type ReactNode, useState } from "react";
import { Button } from "../../ui/button";
import { Code, CopyButton } from "../../ui/copy";
import { Dialog } from "../../ui/dialog";
import { Note } from "../../ui/notes";
import ui from "../../ui/ui.module.css";

export interface NewSecret {
  /** The name of its key. */
  name: string;
  secret: string;
}

interface ShownOnceProps {
  /** The dialog that makes the secret. */
  make: (onMade: (made: NewSecret) => void) => ReactNode;
  onClose: () => void;
}

/** Has a secret made, and shows it. It is held here alone, so that it is gone with this. */
export function ShownOnce({ make, onClose }: ShownOnceProps) {
  const [made, setMade] = useState<NewSecret>();
  return made ? <SecretDialog made={made} onClose={onClose} /> : make(setMade);
}

/** Shows a secret. To leave by Escape takes two presses, lest it be lost by one. */
function SecretDialog({ made, onClose }: { made: NewSecret; onClose: () => void }) {
  const [isWarned, setWarned] = useState(false);
  return (
    <Dialog title={`The secret of ${made.name}`} onClose={() => (isWarned ? onClose() : setWarned(true))}>
      <Note kind="wait">
        <strong>Copy it now.</strong>
        <p>It is shown this once, and kept nowhere in clear. If it is lost, regenerate the key.</p>
      </Note>
      <Code text={made.secret} label="secret" />
      {isWarned && (
        <p role="alert" className={ui.fault}>
          Closing loses the secret. Close again if you have it.
        </p>
      )}
      <div className={ui.actions}>
        <CopyButton text={made.secret} label="Copy the secret" kind="primary" />
        <Button onClick={onClose}>I have stored it</Button>
      </div>
    </Dialog>
  );
}
