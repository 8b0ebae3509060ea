import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, ProblemError, take } from "../../api/client";
import { faultAt } from "../../api/fault-at";
import { useReload } from "../../api/reload";
import { FormDialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { parseGraph } from "./graph/document";
import { GraphSource } from "./graph-source";
import { withPrompt } from "./with-prompt";

/** Makes a flow of a graph from elsewhere, which becomes its first version. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const navigate = useNavigate();
  const reload = useReload();
  const importing = useMutation({
    mutationFn: async () => {
      const graph = parseGraph(text);
      return withPrompt(name.trim(), async (id) => {
        const params = { path: { prompt_id: id } };
        const body = { graph, commitMessage: "Imported" };
        await take(api.POST("/api/prompts/{prompt_id}/versions", { params, body }));
        return `/flows/${id}`;
      });
    },
    onSuccess: async (path) => {
      await reload("prompts");
      navigate(path);
    },
  });
  const { error } = importing;
  const isRefused = error instanceof ProblemError;
  return (
    <FormDialog
      title="Import a flow"
      action="Import"
      busy={importing.isPending}
      disabled={!name.trim() || !text.trim()}
      error={isRefused ? error : null}
      onSubmit={() => importing.mutate()}
      onClose={onClose}
    >
      <GraphSource
        text={text}
        fault={error && !isRefused ? error.message : undefined}
        onChange={(given, file) => {
          setText(given);
          if (file && !name) setName(file.replace(/\.json$/i, ""));
          importing.reset();
        }}
      />
      <TextField
        label="Name"
        maxLength={255}
        value={name}
        fault={faultAt(error, "name")}
        onChange={(event) => setName(event.target.value)}
      />
    </FormDialog>
  );
}
