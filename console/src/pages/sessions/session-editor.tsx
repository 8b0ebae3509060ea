import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import type { Prompt, Session } from "../../api/client";
import { useCan } from "../../session/session";
import { Note, ProblemNote } from "../../ui/notes";
import { Page } from "../../ui/page";
import { useShortcut } from "../../ui/shortcut";
import { ChangesCard } from "./changes-card";
import { CommitDialog } from "./commit-dialog";
import { Editor } from "./editor";
import { faultsOfSave } from "./faults";
import { OutdatedNote } from "./outdated-note";
import styles from "./session.module.css";
import { SessionActions } from "./session-actions";
import { DeleteDialog, RenameDialog } from "./session-dialogs";
import { TryIt } from "./try-it";
import { useDraft } from "./use-draft";
import { useSaving } from "./use-saving";
import { WarningsNote } from "./warnings-note";

type Shown = "commit" | "rename" | "delete";

/** A session of messages: what the next version will say, and trying it. */
export function SessionEditor({ session, prompt }: { session: Session; prompt?: Prompt }) {
  const mayWrite = useCan()("prompts:write");
  const editing = useDraft(session, mayWrite);
  const { save, saving, unreadable } = useSaving(session, editing);
  const [shown, setShown] = useState<Shown>();
  const close = () => setShown(undefined);
  const { draft, change, isUnsaved } = editing;
  useShortcut("s", () => void (mayWrite && save()));
  return (
    <Page
      title={session.name || `Session ${session.serial}`}
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
            onCommit={async () => (await save()) && setShown("commit")}
            onRename={() => setShown("rename")}
            onDelete={() => setShown("delete")}
          />
        )
      }
    >
      <Notes editing={editing} saving={saving} mayWrite={mayWrite} />
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
      {shown === "commit" && <CommitDialog session={session} onClose={close} />}
      {shown === "rename" && (
        <RenameDialog session={session} onRenamed={({ updateTime }) => editing.note(updateTime)} onClose={close} />
      )}
      {shown === "delete" && <DeleteDialog session={session} onClose={close} />}
    </Page>
  );
}

interface NotesProps {
  editing: ReturnType<typeof useDraft>;
  saving: ReturnType<typeof useSaving>["saving"];
  mayWrite: boolean;
}

/** What is to be known before more is typed. */
function Notes({ editing, saving, mayWrite }: NotesProps) {
  return (
    <>
      {!mayWrite && <Note kind="wait">You cannot change this draft: your key lacks the scope prompts:write.</Note>}
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
      Draft of the next version of <Link to={path}>{prompt?.name ?? "its prompt"}</Link>
      {base ? ", from " : ", begun from nothing"}
      {base && <Link to={`${path}?version=${base.id}`}>version {base.number}</Link>}
    </p>
  );
}
