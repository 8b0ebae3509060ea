import { useMutation } from "@tanstack/react-query";
import { api, type Label, take } from "../../../api/client";
import { useReload } from "../../../api/reload";
import { FormDialog } from "../../../ui/dialog";
import { isolate } from "../../../ui/isolate";
import { useToast } from "../../../ui/toast";

export function DeleteLabelDialog({ label, onClose }: { label: Label; onClose: () => void }) {
  const tell = useToast();
  const reload = useReload();
  const path = { prompt_id: label.promptId, label: label.name };
  const deleting = useMutation({
    mutationFn: () => take(api.DELETE("/api/prompts/{prompt_id}/labels/{label}", { params: { path } })),
    onSuccess: async () => {
      onClose();
      tell(`The label “${isolate(label.name)}” is deleted.`);
      await reload("labels", "moves", "versions", "version", "prompt");
    },
  });
  return (
    <FormDialog
      title={`Delete the label “${isolate(label.name)}”?`}
      action="Delete"
      danger
      busy={deleting.isPending}
      error={deleting.error}
      onSubmit={() => deleting.mutate()}
      onClose={onClose}
    >
      <p>
        Services that run the prompt by this label will fail. Version {label.versionNumber}, which it is on, stays, and
        so does its history.
      </p>
    </FormDialog>
  );
}
