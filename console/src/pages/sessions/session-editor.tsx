import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import type { Prompt, Session } from "../../api/client";
import { useCan } from "../../caller/caller";
import { ReadOnlyNote } from "../../caller/scope-note";
import { LeaveDialog } from "../../prompts/leave-dialog";
import { OutdatedNote } from "../../prompts/outdated-note";
import { sessionName } from "../../prompts/session-name";
import { ProblemNote } from "../../ui/notes";
import { Page } from "../../ui/page";
import { useShortcut } from "../../ui/shortcut";
import { ChangesCard } from "./changes-card";
import { Editor } from "./editor";
import { faultsOfSave } from "./faults";
import styles from "./session.module.css";
import { SessionActions } from "./session-actions";
import { SessionDialogs, type Task } from "./session-dialogs";
import { TryIt } from "./try-it";
import { useDraft } from "./use-draft";
import { useSaving } from "./use-saving";
import { WarningsNote } from "./warnings-note";

/** A session of messages: what the next version will say, and trying it. */
export function SessionEditor({ session, prompt }: { session: Session; prompt?: Prompt }) {
  const mayWrite = useCan()("prompts:write");
  const editing = useDraft(session, mayWrite);
  const { save, saving, unreadable } = useSaving(session, editing);
  const [task, setTask] = useState<Task>();
  const { draft, change, isUnsaved } = editing;
  useShortcut("s", () => void (mayWrite && save()));
  return (
    <Page
      title={sessionName(session)}
      crumbs={[
        ["Prompts", "/prompts"],
        [prompt?.name ?? "Prompt", `/prompts/${session.promptId}`],
      ]}
      about={<About session={session} prompt={prompt} />}
      actions={
        mayWrite && (
          <SessionActions
            isUnsaved={isUnsaved}
            isSaving={saving.isPending}
            isReadable={unreadable.length === 0}
            onSave={save}
            onCommit={async () => (await save()) && setTask("commit")}
            onRename={() => setTask("rename")}
            onDelete={() => setTask("delete")}
          />
        )
      }
    >
      <Notes editing={editing} saving={saving} />
      <div className={styles.columns}>
        <Editor
          draft={draft}
          change={change}
          faultOf={faultsOfSave(saving.error, saving.variables)}
          isReadOnly={!mayWrite}
        />
        <div className={styles.trial}>
          <TryIt
            sessionId={session.id}
            draft={draft}
            isStrict={prompt?.strictVariables ?? false}
            change={change}
            save={async () => !mayWrite || save()}
            isSaving={saving.isPending}
          />
        </div>
      </div>
      {session.baseVersion && <ChangesCard base={session.baseVersion} draft={draft} />}
      <LeaveDialog isUnsaved={isUnsaved} />
      <SessionDialogs
        session={session}
        task={task}
        onRenamed={({ updateTime }) => editing.note(updateTime)}
        onClose={() => setTask(undefined)}
      />
    </Page>
  );
}

interface NotesProps {
  editing: ReturnType<typeof useDraft>;
  saving: ReturnType<typeof useSaving>["saving"];
}

/** What is to be known before more is typed. */
function Notes({ editing, saving }: NotesProps) {
  return (
    <>
      <ReadOnlyNote />
      {saving.error && <RefusedNote error={saving.error} />}
      {saving.data && <WarningsNote warnings={saving.data.warnings} />}
      {editing.isOutdated && <OutdatedNote onDiscard={editing.discard} />}
    </>
  );
}

/** Why a save was refused; it comes into sight, wherever in the page the save was asked for. */
function RefusedNote({ error }: { error: Error }) {
  const note = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each refusal
  useEffect(() => {
    note.current?.scrollIntoView({ block: "nearest" });
  }, [error]);
  return (
    <div ref={note} className={styles.refused}>
      <ProblemNote error={error} />
    </div>
  );
}

function About({ session, prompt }: { session: Session; prompt?: Prompt }) {
  const base = session.baseVersion;
  const path = `/prompts/${session.promptId}`;
  return (
    <p>
      Draft of the next version of{" "}
      <bdi>
        <Link to={path}>{prompt?.name ?? "its prompt"}</Link>
      </bdi>
      {base ? ", from " : ", begun from nothing"}
      {base && <Link to={`${path}?version=${base.id}`}>version {base.number}</Link>}
    </p>
  );
}
