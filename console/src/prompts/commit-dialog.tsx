import { useState } from "react";
import type { Label, Session } from "../api/client";
import { faultAt } from "../api/fault-at";
import { useLabels } from "../api/labels";
import { Combobox } from "../ui/combobox";
import { FormDialog } from "../ui/dialog";
import { TextArea } from "../ui/field";
import type { Choice } from "../ui/matching";
import ui from "../ui/ui.module.css";
import { nameFault } from "./label-name";
import { type Committed, useCommit } from "./use-commit";

interface CommitDialogProps {
  session: Session;
  /** Saves what is unsaved. Absent: all is saved. */
  settle?: () => Promise<void>;
  onCommitted: (committed: Committed) => void;
  onClose: () => void;
}

/** Makes the next version of a prompt from a session, with a label on it if one is wanted. */
export function CommitDialog({ session, settle, onCommitted, onClose }: CommitDialogProps) {
  const committing = useCommit(session, settle);
  const labels = useLabels(session.promptId).data ?? [];
  const [message, setMessage] = useState("");
  const [label, setLabel] = useState("");
  const labelFault = nameFault(label.trim());
  return (
    <FormDialog
      title="Commit the next version"
      action="Commit"
      busy={committing.isPending}
      disabled={labelFault !== undefined}
      error={committing.error}
      onSubmit={() => committing.mutate({ message: message.trim(), label: label.trim() }, { onSuccess: onCommitted })}
      onClose={onClose}
    >
      <TextArea
        label="What changed"
        rows={3}
        maxLength={10_000}
        placeholder="Optional, for those who look at the history"
        value={message}
        fault={faultAt(committing.error, "commitMessage")}
        onChange={(event) => setMessage(event.target.value)}
      />
      <Combobox
        free
        label="Set a label on it"
        placeholder="None"
        value={label}
        choices={labels.map(toChoice)}
        fault={labelFault}
        onChoose={setLabel}
      />
      <p className={ui.hint}>
        A version never changes. A label that is on another version moves to this one, and runs by the label follow.
      </p>
    </FormDialog>
  );
}

function toChoice({ name, versionNumber, protected: isProtected }: Label): Choice {
  return { value: name, name, detail: `on version ${versionNumber}${isProtected ? ", protected" : ""}` };
}
