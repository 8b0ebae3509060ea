import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, take } from "../../../api/client";
import { errorOf } from "../../../api/error-of";
import { useReload } from "../../../api/reload";
import { FormDialog } from "../../../ui/dialog";
import { useToast } from "../../../ui/toast";
import { useAddress } from "../../../ui/use-address";
import { type PromptDraft, PromptFields } from "../prompt-fields";
import { ALL, NONE } from "./search";

/** Makes a prompt, and a session to write its first version in. */
export function NewPromptDialog({ onClose }: { onClose: () => void }) {
  const [params] = useAddress();
  const folder = params.get("folder") ?? ALL;
  const [draft, setDraft] = useState<PromptDraft>({
    ...{ name: "", description: "", alias: "", strictVariables: false },
    folderId: folder === ALL || folder === NONE ? "" : folder,
  });
  const navigate = useNavigate();
  const tell = useToast();
  const reload = useReload();
  const creating = useMutation({
    mutationFn: async () => create({ ...draft, name: draft.name.trim() }),
    onSuccess: async ({ path, fault }) => {
      if (fault) tell(`The prompt is there, but no session could be begun. ${fault}`);
      onClose();
      navigate(path);
      await reload("prompts", "folders");
    },
  });
  return (
    <FormDialog
      title="New prompt"
      action="Create and write"
      busy={creating.isPending}
      disabled={!draft.name.trim()}
      error={creating.error}
      onSubmit={() => creating.mutate()}
      onClose={onClose}
    >
      <PromptFields draft={draft} onChange={setDraft} error={creating.error} />
    </FormDialog>
  );
}

/** Give where to go on. A prompt that was made stays, so that trying again makes no second one. Throws ProblemError. */
async function create(body: PromptDraft): Promise<{ path: string; fault?: string }> {
  const id = (await take(api.POST("/api/prompts", { body }))).prompt?.id ?? "";
  try {
    const params = { path: { prompt_id: id } };
    const { session } = await take(api.POST("/api/prompts/{prompt_id}/sessions", { params, body: {} }));
    return { path: `/sessions/${session?.id}` };
  } catch (error) {
    return { path: `/prompts/${id}`, fault: errorOf(error).message };
  }
}
