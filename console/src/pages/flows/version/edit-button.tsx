import { useMutation } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, type Prompt, take, type Version } from "../../../api/client";
import { usePages } from "../../../api/pages";
import { useCan } from "../../../session/session";
import { Button } from "../../../ui/button";
import { useToast } from "../../../ui/toast";
import { useReload } from "../../prompts/queries";
import { whyNot } from "../../prompts/read-only-note";
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
  const can = useCan()("prompts:write");
  const drafts = useDrafts(prompt.id, can);
  const beginning = useBeginning(prompt, version);
  const press = () => {
    if (drafts.items?.length) setOpen(true);
    else beginning.mutate();
  };
  return (
    <>
      <Button
        kind="primary"
        busy={drafts.isLoading || beginning.isPending}
        disabled={!can}
        title={can ? undefined : whyNot("prompts:write")}
        onClick={press}
      >
        <Pencil size={15} aria-hidden="true" />
        Edit
      </Button>
      {isOpen && (
        <DraftsDialog
          drafts={drafts}
          promptId={prompt.id}
          version={version}
          beginning={beginning}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

export type Drafts = ReturnType<typeof useDrafts>;
export type Beginning = ReturnType<typeof useBeginning>;

function useDrafts(promptId: string, enabled: boolean) {
  const load = async (pageToken: string) => {
    const params = { path: { prompt_id: promptId }, query: { pageSize: 20, pageToken } };
    const page = await take(api.GET("/api/prompts/{prompt_id}/sessions", { params }));
    return { items: page.sessions, nextPageToken: page.nextPageToken };
  };
  return usePages(["sessions", promptId, "drafts"], load, enabled);
}

function useBeginning(prompt: Prompt, version?: Version) {
  const navigate = useNavigate();
  const reload = useReload();
  const tell = useToast();
  return useMutation({
    mutationFn: () => {
      const params = { path: { prompt_id: prompt.id } };
      const body = version ? { baseVersionId: version.id } : { graph: START };
      return take(api.POST("/api/prompts/{prompt_id}/sessions", { params, body }));
    },
    onSuccess: async ({ session, warnings }) => {
      await reload("sessions");
      navigate(`/flows/${prompt.id}?session=${session?.id}`, { state: { warnings } });
    },
    onError: (error) => tell(error.message),
  });
}
