import { useMutation } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { Link } from "react-router";
import { api, type Session, take, type Version } from "../../../api/client";
import { Button, IconButton } from "../../../ui/button";
import { Dialog } from "../../../ui/dialog";
import { More } from "../../../ui/more";
import { ProblemNote } from "../../../ui/notes";
import { Time } from "../../../ui/time";
import { useReload } from "../../prompts/queries";
import styles from "../flow.module.css";
import type { Beginning, Drafts } from "./edit-button";

interface DraftsDialogProps {
  drafts: Drafts;
  promptId: string;
  version?: Version;
  beginning: Beginning;
  onClose: () => void;
}

/** The drafts of a flow that were begun: to go on with one, or to begin another. */
export function DraftsDialog({ drafts, promptId, version, beginning, onClose }: DraftsDialogProps) {
  const reload = useReload();
  const deleting = useMutation({
    mutationFn: (id: string) => take(api.DELETE("/api/sessions/{id}", { params: { path: { id } } })),
    onSuccess: () => reload("sessions"),
  });
  const items = drafts.items ?? [];
  return (
    <Dialog title="Edit" onClose={onClose}>
      <p>{items.length ? "Go on with a draft, or begin another one." : "There is no draft any more."}</p>
      <ul className={styles.drafts}>
        {items.map((session) => (
          <li key={session.id} className={styles.end}>
            <div>
              <Link to={`/flows/${promptId}?session=${session.id}`}>{nameOf(session)}</Link>
              <p className={styles.soft}>
                Saved <Time at={session.updateTime} />
              </p>
            </div>
            <IconButton
              label={`Delete ${nameOf(session)}`}
              kind="quiet"
              small
              disabled={deleting.isPending}
              onClick={() => deleting.mutate(session.id)}
            >
              <Trash2 size={15} />
            </IconButton>
          </li>
        ))}
      </ul>
      <More list={drafts} />
      {deleting.error && <ProblemNote error={deleting.error} />}
      <div>
        <Button kind="primary" busy={beginning.isPending} onClick={() => beginning.mutate()}>
          {version ? `New draft of version ${version.number}` : "New draft"}
        </Button>
      </div>
    </Dialog>
  );
}

function nameOf({ name, baseVersion, serial }: Session): string {
  if (name) return name;
  return baseVersion ? `Draft ${serial} of version ${baseVersion.number}` : `Draft ${serial}`;
}
