import { useMutation } from "@tanstack/react-query";
import { api, take, type Version } from "../../../api/client";
import { useReload } from "../../../api/reload";
import { FormDialog } from "../../../ui/dialog";
import { isolate } from "../../../ui/isolate";
import { useToast } from "../../../ui/toast";
import { useAddress } from "../../../ui/use-address";
import { HeldNote, useHeld } from "../labels/held";

export function DeleteVersionDialog({ version, onClose }: { version: Version; onClose: () => void }) {
  const held = useHeld(version.promptId, version.id);
  const [, change] = useAddress();
  const tell = useToast();
  const reload = useReload();
  const deleting = useMutation({
    mutationFn: () => take(api.DELETE("/api/versions/{id}", { params: { path: { id: version.id } } })),
    onSuccess: async () => {
      onClose();
      change({ version: "", compare: "" });
      tell(`Version ${version.number} is deleted.`);
      await reload("versions", "labels", "moves", "prompt", "prompts", "sessions");
    },
  });
  const { labels } = version;
  return (
    <FormDialog
      title={`Delete version ${version.number}?`}
      action="Delete"
      danger
      busy={deleting.isPending}
      disabled={held.length > 0}
      error={deleting.error}
      onSubmit={() => deleting.mutate()}
      onClose={onClose}
    >
      <p>
        This cannot be undone. Services that name this version will fail; its number is not used again, and records of
        its runs stay.
      </p>
      {labels.length > 0 && (
        <p>
          With it {labels.length === 1 ? "goes the label" : "go the labels"}{" "}
          {labels.map((name) => `“${isolate(name)}”`).join(", ")}: runs by {labels.length === 1 ? "it" : "them"} will
          fail.
        </p>
      )}
      <HeldNote labels={held} />
    </FormDialog>
  );
}
