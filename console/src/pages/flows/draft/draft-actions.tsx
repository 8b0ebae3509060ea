import { GitCommitHorizontal, Save, Upload } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Prompt, Session } from "../../../api/client";
import { useWhyNot } from "../../../caller/why-not";
import { CommitDialog } from "../../../prompts/commit-dialog";
import type { Committed } from "../../../prompts/use-commit";
import { Button } from "../../../ui/button";
import { shortcutName } from "../../../ui/shortcut";
import { useToast } from "../../../ui/toast";
import { ExportButtons } from "../export-buttons";
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
  const why = useWhyNot("prompts:write");
  const close = () => setOpen(undefined);
  const navigate = useNavigate();
  const tell = useToast();
  const leave = ({ version, labelError }: Committed) => {
    tell(
      labelError
        ? `Committed, but the label was not set. ${labelError.message}`
        : `Committed as version ${version.number}.`,
    );
    navigate(`/flows/${prompt.id}?version=${version.id}`);
  };
  return (
    <>
      <ExportButtons name={prompt.alias || prompt.name} graph={draft.graph} />
      <Button disabled={why !== undefined} title={why} onClick={() => setOpen("replace")}>
        <Upload size={15} aria-hidden="true" />
        Import
      </Button>
      <Button
        busy={saving.isSaving}
        disabled={why !== undefined || !draft.isUnsaved}
        title={why ?? `Save (${shortcutName("s")})`}
        onClick={saving.save}
      >
        {!saving.isSaving && <Save size={15} aria-hidden="true" />}
        Save
      </Button>
      <Button kind="primary" disabled={why !== undefined} title={why} onClick={() => setOpen("commit")}>
        <GitCommitHorizontal size={16} aria-hidden="true" />
        Commit
      </Button>
      {open === "commit" && (
        <CommitDialog session={session} settle={saving.settle} onCommitted={leave} onClose={close} />
      )}
      {open === "replace" && <ReplaceDialog change={draft.change} onClose={close} />}
    </>
  );
}
