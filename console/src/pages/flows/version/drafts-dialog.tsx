import { Trash2 } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Session, Version } from "../../../api/client";
import type { useSessions } from "../../../api/sessions";
import { DeleteSessionDialog } from "../../../prompts/delete-session-dialog";
import { sessionName } from "../../../prompts/session-name";
import { Button, IconButton } from "../../../ui/button";
import { Dialog } from "../../../ui/dialog";
import { More } from "../../../ui/more";
import { Time } from "../../../ui/time";
import ui from "../../../ui/ui.module.css";
import styles from "../flow.module.css";

interface DraftsDialogProps {
  drafts: ReturnType<typeof useSessions>;
  /** What a new draft begins as; absent: a small graph. */
  version?: Version;
  isBeginning: boolean;
  onBegin: () => void;
  onClose: () => void;
}

/** The drafts of a flow that were begun: to go on with one, or to begin another. */
export function DraftsDialog({ drafts, version, isBeginning, onBegin, onClose }: DraftsDialogProps) {
  const [doomed, setDoomed] = useState<Session>();
  const items = drafts.items ?? [];
  return (
    <>
      <Dialog title="Edit" onClose={onClose}>
        <p>{items.length ? "Go on with a draft, or begin another one." : "There is no draft any more."}</p>
        <ul className={styles.drafts}>
          {items.map((session) => (
            <DraftItem key={session.id} session={session} onDelete={() => setDoomed(session)} />
          ))}
        </ul>
        <More list={drafts} />
        <div className={ui.actions}>
          <Button kind="primary" busy={isBeginning} onClick={onBegin}>
            {version ? `New draft of version ${version.number}` : "New draft"}
          </Button>
        </div>
      </Dialog>
      {doomed && <DeleteSessionDialog session={doomed} onClose={() => setDoomed(undefined)} />}
    </>
  );
}

function DraftItem({ session, onDelete }: { session: Session; onDelete: () => void }) {
  const { baseVersion, updateTime } = session;
  return (
    <li className={styles.end}>
      <div>
        <Link to={`/flows/${session.promptId}?session=${session.id}`}>{sessionName(session)}</Link>
        <p className={ui.hint}>
          {baseVersion && `From version ${baseVersion.number}, saved `}
          {!baseVersion && "Saved "}
          <Time at={updateTime} />
        </p>
      </div>
      <IconButton label={`Delete ${sessionName(session)}`} kind="quiet" small onClick={onDelete}>
        <Trash2 size={15} aria-hidden="true" />
      </IconButton>
    </li>
  );
}
