import { PencilLine, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Prompt, Session } from "../../../api/client";
import { useSessions } from "../../../api/sessions";
import { useWhyNot } from "../../../caller/why-not";
import { DeleteSessionDialog } from "../../../prompts/delete-session-dialog";
import { sessionName, sessionPath } from "../../../prompts/session-name";
import { useNewSession } from "../../../prompts/use-new-session";
import { Button, IconButton } from "../../../ui/button";
import { More } from "../../../ui/more";
import { Empty } from "../../../ui/notes";
import { Async, Card } from "../../../ui/page";
import { TableHead } from "../../../ui/table-head";
import { Time } from "../../../ui/time";
import ui from "../../../ui/ui.module.css";

/** The sessions of a prompt: drafts of its next version. */
export function SessionsTab({ prompt }: { prompt: Prompt }) {
  const sessions = useSessions(prompt.id);
  return (
    <>
      <Card title="Sessions" flush actions={<NewSession prompt={prompt} />}>
        <Async query={{ ...sessions, data: sessions.items }}>
          {(all) => (all.length === 0 ? <NoSessions /> : <SessionTable sessions={all} />)}
        </Async>
      </Card>
      <More list={sessions} />
    </>
  );
}

function NewSession({ prompt }: { prompt: Prompt }) {
  const why = useWhyNot("prompts:write");
  const begin = useNewSession(prompt.id);
  return (
    <>
      {prompt.latestVersion && (
        <Button
          small
          disabled={why !== undefined || begin.isPending}
          title={why}
          onClick={() => begin.mutate({ baseVersionId: prompt.latestVersion?.id })}
        >
          <PencilLine size={14} aria-hidden="true" />
          New from the latest version
        </Button>
      )}
      <Button small disabled={why !== undefined || begin.isPending} title={why} onClick={() => begin.mutate({})}>
        <Plus size={14} aria-hidden="true" />
        New from nothing
      </Button>
    </>
  );
}

function SessionTable({ sessions }: { sessions: readonly Session[] }) {
  const [doomed, setDoomed] = useState<Session>();
  const why = useWhyNot("prompts:write");
  return (
    <>
      <table className={ui.table}>
        <TableHead of={["Name", "Began as", "Saved"]} withActions />
        <tbody>
          {sessions.map((session) => (
            <tr key={session.id}>
              <td>
                <Link to={sessionPath(session)}>{sessionName(session)}</Link>
              </td>
              <td>{session.baseVersion ? `Version ${session.baseVersion.number}` : "Nothing"}</td>
              <td>
                <Time at={session.updateTime} />
              </td>
              <td className={ui.number}>
                <IconButton
                  label={`Delete ${sessionName(session)}`}
                  title={why}
                  small
                  kind="quiet"
                  disabled={why !== undefined}
                  onClick={() => setDoomed(session)}
                >
                  <Trash2 size={14} aria-hidden="true" />
                </IconButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {doomed && <DeleteSessionDialog session={doomed} onClose={() => setDoomed(undefined)} />}
    </>
  );
}

function NoSessions() {
  return (
    <Empty icon={<PencilLine size={26} aria-hidden="true" />} title="No sessions yet">
      <p>
        A session is a draft of the next version. It can be changed and run as often as you like, and nobody else sees
        it in their runs until you commit it.
      </p>
    </Empty>
  );
}
