import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, take } from "../../api/client";
import { faultAt } from "../../api/fault-at";
import { useReload } from "../../api/reload";
import { FormDialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { START } from "./graph/start";
import { withPrompt } from "./with-prompt";

/** Makes a flow with a draft of a small graph, and opens that. */
export function CreateDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const reload = useReload();
  const creating = useMutation({
    mutationFn: () =>
      withPrompt(name.trim(), async (id) => {
        const params = { path: { prompt_id: id } };
        const { session } = await take(
          api.POST("/api/prompts/{prompt_id}/sessions", { params, body: { graph: START } }),
        );
        return `/flows/${id}?session=${session?.id}`;
      }),
    onSuccess: async (path) => {
      await reload("prompts");
      navigate(path);
    },
  });
  return (
    <FormDialog
      title="New flow"
      action="Create"
      busy={creating.isPending}
      disabled={!name.trim()}
      error={creating.error}
      onSubmit={() => creating.mutate()}
      onClose={onClose}
    >
      <p>It begins with a variable, an action and an output, which can be run as they are.</p>
      <TextField
        label="Name"
        maxLength={255}
        value={name}
        fault={faultAt(creating.error, "name")}
        onChange={(event) => setName(event.target.value)}
      />
    </FormDialog>
  );
}
