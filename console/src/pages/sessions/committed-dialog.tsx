import type { Session } from "../../api/client";
import type { Committed } from "../../prompts/use-commit";
import { LinkButton } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Note, ProblemNote } from "../../ui/notes";
import ui from "../../ui/ui.module.css";
import { WarningsNote } from "./warnings-note";

interface CommittedDialogProps {
  session: Session;
  committed: Committed;
  onClose: () => void;
}

/** What came of a commit, and where to go from there. */
export function CommittedDialog({ session, committed, onClose }: CommittedDialogProps) {
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
      <div className={ui.actions}>
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
