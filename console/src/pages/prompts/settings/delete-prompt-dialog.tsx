import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, type Prompt, take } from "../../../api/client";
import { useReload } from "../../../api/reload";
import { FormDialog } from "../../../ui/dialog";
import { TextField } from "../../../ui/field";
import { isolate } from "../../../ui/isolate";
import { useToast } from "../../../ui/toast";
import { HeldNote, useHeld } from "../labels/held";

/** Deletes a prompt once its name is typed. */
export function DeletePromptDialog({ prompt, onClose }: { prompt: Prompt; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const held = useHeld(prompt.id);
  const navigate = useNavigate();
  const tell = useToast();
  const reload = useReload();
  const deleting = useMutation({
    mutationFn: () => take(api.DELETE("/api/prompts/{id}", { params: { path: { id: prompt.id } } })),
    onSuccess: async () => {
      onClose();
      navigate("/prompts");
      tell(`“${isolate(prompt.name)}” is deleted.`);
      await reload("prompts", "folders");
    },
  });
  return (
    <FormDialog
      title={`Delete “${isolate(prompt.name)}”?`}
      action="Delete for ever"
      danger
      busy={deleting.isPending}
      disabled={typed.trim() !== prompt.name.trim() || held.length > 0}
      error={deleting.error}
      onSubmit={() => deleting.mutate()}
      onClose={onClose}
    >
      <p>
        Its versions, labels and sessions go with it, and services that run it will fail. This cannot be undone. Records
        of its runs stay.
      </p>
      <HeldNote labels={held} />
      <TextField
        label="Type the name of the prompt to confirm"
        hint={prompt.name}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </FormDialog>
  );
}
