import { useState } from "react";
import type { Prompt, Session } from "../../../api/client";
import { useCan } from "../../../session/session";
import { Button } from "../../../ui/button";
import { shortcutName } from "../../../ui/shortcut";
import { whyNot } from "../../prompts/read-only-note";
import { ExportButtons } from "../export-buttons";
import { CommitDialog } from "./commit-dialog";
import { ReplaceDialog } from "./replace-dialog";
import type { Draft } from "./use-draft";
import type { Saving } from "./use-saving";

interface ActionsProps {
  prompt: Prompt;
  session: Session;
  draft: Draft;
  saving: Saving;
}

/** Exports, imports, saves and commits a draft. */
export function DraftActions({ prompt, session, draft, saving }: ActionsProps) {
  const [open, setOpen] = useState<"commit" | "replace">();
  const can = useCan()("prompts:write");
  const why = can ? undefined : whyNot("prompts:write");
  const close = () => setOpen(undefined);
  return (
    <>
      <ExportButtons name={prompt.alias || prompt.name} graph={draft.graph} />
      <Button disabled={!can} title={why} onClick={() => setOpen("replace")}>
        Import
      </Button>
      <Button busy={saving.isSaving} disabled={!can} title={why ?? shortcutName("s")} onClick={saving.save}>
        Save
      </Button>
      <Button kind="primary" disabled={!can} title={why} onClick={() => setOpen("commit")}>
        Commit
      </Button>
      {open === "commit" && <CommitDialog session={session} settle={saving.settle} onClose={close} />}
      {open === "replace" && <ReplaceDialog change={draft.change} onClose={close} />}
    </>
  );
}
