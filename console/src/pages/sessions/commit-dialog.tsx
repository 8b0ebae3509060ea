import { useState } from "react";
import type { Session } from "../../api/client";
import { LinkButton } from "../../ui/button";
import { Combobox } from "../../ui/combobox";
import { Dialog, FormDialog } from "../../ui/dialog";
import { TextArea } from "../../ui/field";
import { Note, ProblemNote } from "../../ui/notes";
import { useLabels } from "../prompts/queries";
import styles from "./session.module.css";
import { type Committed, useCommit } from "./use-commit";
import { WarningsNote } from "./warnings-note";

interface CommitDialogProps {
  session: Session;
  onClose: () => void;
}

/** Makes the next version of the prompt from a session that is saved. */
export function CommitDialog({ session, onClose }: CommitDialogProps) {
  const committing = useCommit(session);
  const labels = useLabels(session.promptId);
  const [message, setMessage] = useState("");
  const [label, setLabel] = useState("");
  if (committing.data) return <Done session={session} committed={committing.data} onClose={onClose} />;
  const choices = (labels.data ?? []).map(({ name, versionNumber, protected: isProtected }) => {
    const detail = `on version ${versionNumber}${isProtected ? ", protected" : ""}`;
    return { value: name, name, detail };
  });
  return (
    <FormDialog
      title="Commit the next version"
      action="Commit"
      busy={committing.isPending}
      error={committing.error}
      onSubmit={() => committing.mutate({ message: message.trim(), label: label.trim() })}
      onClose={onClose}
    >
      <TextArea
        label="What changed"
        autoFocus
        rows={3}
        maxLength={10_000}
        placeholder="Optional, for those who look at the history"
        value={message}
        onChange={(event) => setMessage(event.target.value)}
      />
      <Combobox free label="Set a label on it" placeholder="None" value={label} choices={choices} onChoose={setLabel} />
      <p className={styles.soft}>
        A version never changes. A label that is on another version moves to this one, and runs by the label follow.
      </p>
    </FormDialog>
  );
}

interface DoneProps {
  session: Session;
  committed: Committed;
  onClose: () => void;
}

function Done({ session, committed, onClose }: DoneProps) {
  const { version, warnings, labelError } = committed;
  const base = session.baseVersion;
  const path = `/prompts/${session.promptId}`;
  return (
    <Dialog title={`Version ${version.number} is made`} onClose={onClose}>
      <p>The session stays as it is: you can go on with it, or delete it.</p>
      <WarningsNote warnings={warnings} />
      {labelError && (
        <Note kind="wait">
          <p>The version is there, but the label could not be set on it.</p>
          <ProblemNote error={labelError} />
        </Note>
      )}
      <div className={styles.actions}>
        {base && (
          <LinkButton to={`${path}?version=${version.id}&compare=${base.id}`}>
            Compare with version {base.number}
          </LinkButton>
        )}
        <LinkButton kind="primary" to={`${path}?version=${version.id}`}>
          Show the version
        </LinkButton>
      </div>
    </Dialog>
  );
}
