import { PencilLine, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api, type Prompt, type Session, take } from "../../../api/client";
import { usePages } from "../../../api/pages";
import { useCan } from "../../../session/session";
import { Button, IconButton } from "../../../ui/button";
import { Empty } from "../../../ui/notes";
import { Async, Card } from "../../../ui/page";
import { Time } from "../../../ui/time";
import ui from "../../../ui/ui.module.css";
import { whyNot } from "../read-only-note";
import { pathOf, useNewSession } from "../use-new-session";
import { DeleteSessionDialog } from "./delete-session-dialog";

/** The sessions of a prompt: drafts of its next version. */
export function SessionsTab({ prompt }: { prompt: Prompt }) {
  const sessions = usePages(["sessions", prompt.id], async (pageToken) => {
    const params = { path: { prompt_id: prompt.id }, query: { pageToken } };
    const page = await take(api.GET("/api/prompts/{prompt_id}/sessions", { params }));
    return { items: page.sessions, nextPageToken: page.nextPageToken };
  });
  return (
    <Card title="Sessions" flush actions={<NewSession prompt={prompt} />}>
      <Async query={{ ...sessions, data: sessions.items }}>
        {(all) => (all.length === 0 ? <NoSessions /> : <SessionTable sessions={all} />)}
      </Async>
      {sessions.more && (
        <div className={ui.actions}>
          <Button small busy={sessions.isFetchingNextPage} onClick={sessions.more}>
            Show more
          </Button>
        </div>
      )}
    </Card>
  );
}

function NewSession({ prompt }: { prompt: Prompt }) {
  const can = useCan()("prompts:write");
  const title = can ? undefined : whyNot("prompts:write");
  const begin = useNewSession(prompt.id);
  return (
    <>
      {prompt.latestVersion && (
        <Button
          small
          disabled={!can || begin.isPending}
          title={title}
          onClick={() => begin.mutate(prompt.latestVersion?.id)}
        >
          <PencilLine size={14} aria-hidden="true" />
          New from the latest version
        </Button>
      )}
      <Button small disabled={!can || begin.isPending} title={title} onClick={() => begin.mutate(undefined)}>
        <Plus size={14} aria-hidden="true" />
        New from nothing
      </Button>
    </>
  );
}

function SessionTable({ sessions }: { sessions: readonly Session[] }) {
  const [doomed, setDoomed] = useState<Session>();
  const can = useCan()("prompts:write");
  return (
    <>
      <table className={ui.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Began as</th>
            <th scope="col">Saved</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr key={session.id}>
              <td>
                <Link to={pathOf(session)}>{nameOf(session)}</Link>
              </td>
              <td>{session.baseVersion ? `Version ${session.baseVersion.number}` : "Nothing"}</td>
              <td>
                <Time at={session.updateTime} />
              </td>
              <td className={ui.number}>
                <IconButton
                  label={can ? `Delete ${nameOf(session)}` : whyNot("prompts:write")}
                  small
                  kind="quiet"
                  disabled={!can}
                  onClick={() => setDoomed(session)}
                >
                  <Trash2 size={14} aria-hidden="true" />
                </IconButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {doomed && <DeleteSessionDialog session={doomed} name={nameOf(doomed)} onClose={() => setDoomed(undefined)} />}
    </>
  );
}

function nameOf({ name, serial }: Session): string {
  return name || `Session ${serial}`;
}

function NoSessions() {
  return (
    <Empty icon={<PencilLine size={26} aria-hidden="true" />} title="No sessions">
      <p>
        A session is a draft of the next version. It can be changed and run as often as you like, and nobody else sees
        it in their runs until you commit it.
      </p>
    </Empty>
  );
}
