import { useState } from "react";
import { useNavigate } from "react-router";
import type { Session } from "../../api/client";
import { CommitDialog } from "../../prompts/commit-dialog";
import { DeleteSessionDialog } from "../../prompts/delete-session-dialog";
import { UNASKED } from "../../prompts/unsaved";
import type { Committed } from "../../prompts/use-commit";
import { CommittedDialog } from "./committed-dialog";
import { RenameDialog } from "./rename-dialog";
import { forgetDraft } from "./use-draft";

/** What is about to be done with a session. */
export type Task = "commit" | "rename" | "delete";

interface SessionDialogsProps {
  session: Session;
  task?: Task;
  onRenamed: (session: Session) => void;
  onClose: () => void;
}

/** The dialog of a task, and after a commit what came of it. */
export function SessionDialogs({ session, task, onRenamed, onClose }: SessionDialogsProps) {
  const [committed, setCommitted] = useState<Committed>();
  const navigate = useNavigate();
  const leave = () => {
    forgetDraft(session.id);
    navigate(`/prompts/${session.promptId}`, { state: UNASKED });
  };
  const tell = (made: Committed) => {
    onClose();
    setCommitted(made);
  };
  return (
    <>
      {task === "commit" && <CommitDialog session={session} onCommitted={tell} onClose={onClose} />}
      {task === "rename" && <RenameDialog session={session} onRenamed={onRenamed} onClose={onClose} />}
      {task === "delete" && <DeleteSessionDialog session={session} onDeleted={leave} onClose={onClose} />}
      {committed && <CommittedDialog session={session} committed={committed} onClose={() => setCommitted(undefined)} />}
    </>
  );
}
