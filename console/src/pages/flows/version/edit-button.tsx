import { Pencil } from "lucide-react";
import { useState } from "react";
import type { Prompt, Version } from "../../../api/client";
import { useSessions } from "../../../api/sessions";
import { useWhyNot } from "../../../caller/why-not";
import { useNewSession } from "../../../prompts/use-new-session";
import { Button } from "../../../ui/button";
import { START } from "../graph/start";
import { DraftsDialog } from "./drafts-dialog";

interface EditButtonProps {
  prompt: Prompt;
  /** What a new draft begins as; absent: a small graph. */
  version?: Version;
}

/** Begins a draft, or lets go on with one that was begun. */
export function EditButton({ prompt, version }: EditButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const why = useWhyNot("prompts:write");
  const drafts = useSessions(prompt.id, why === undefined);
  const beginning = useNewSession(prompt.id);
  const begin = () => beginning.mutate(version ? { baseVersionId: version.id } : { graph: { ...START } });
  const press = () => {
    if (drafts.items?.length) setOpen(true);
    else begin();
  };
  return (
    <>
      <Button
        kind="primary"
        busy={drafts.isLoading || beginning.isPending}
        disabled={why !== undefined}
        title={why}
        onClick={press}
      >
        <Pencil size={15} aria-hidden="true" />
        Edit
      </Button>
      {isOpen && (
        <DraftsDialog
          drafts={drafts}
          version={version}
          isBeginning={beginning.isPending}
          onBegin={begin}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
