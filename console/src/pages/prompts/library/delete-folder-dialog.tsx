import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Folder, take } from "../../../api/client";
import { useReload } from "../../../api/reload";
import { FormDialog } from "../../../ui/dialog";
import { CheckField } from "../../../ui/field";
import { counted } from "../../../ui/format";
import { isolate } from "../../../ui/isolate";
import { useToast } from "../../../ui/toast";

interface DeleteFolderDialogProps {
  folder: Folder;
  onClose: () => void;
  onGone: () => void;
}

/** Deletes a folder, with the prompts in it only when that is said. */
export function DeleteFolderDialog({ folder, onClose, onGone }: DeleteFolderDialogProps) {
  const [isSure, setSure] = useState(false);
  const held = useHeld(folder);
  const tell = useToast();
  const reload = useReload();
  const deleting = useMutation({
    mutationFn: () =>
      take(
        api.DELETE("/api/folders/{id}", { params: { path: { id: folder.id }, query: { force: held > 0 && isSure } } }),
      ),
    onSuccess: async () => {
      onClose();
      onGone();
      tell(`The folder “${isolate(folder.name)}” is deleted.`);
      await reload("folders", "prompts", "prompt");
    },
    // Somebody may have put a prompt into it meanwhile.
    onError: () => reload("folder"),
  });
  const prompts = counted(held, "prompt");
  return (
    <FormDialog
      title={`Delete the folder “${isolate(folder.name)}”?`}
      action={held > 0 ? `Delete it and ${prompts}` : "Delete"}
      danger
      busy={deleting.isPending}
      disabled={held > 0 && !isSure}
      error={deleting.error}
      onSubmit={() => deleting.mutate()}
      onClose={onClose}
    >
      {held > 0 ? (
        <>
          <p>
            It holds {prompts}. To keep {held === 1 ? "it" : "them"}, cancel and change the folder of{" "}
            {held === 1 ? "the prompt" : "each"} first.
          </p>
          <CheckField
            label={`Delete ${prompts} with all versions, labels and sessions`}
            hint="This cannot be undone, and services that run them will fail. Records of runs stay."
            checked={isSure}
            onChange={(event) => setSure(event.target.checked)}
          />
        </>
      ) : (
        <p>It is empty: nothing else goes with it.</p>
      )}
    </FormDialog>
  );
}

/** Give how many prompts a folder holds now. */
function useHeld(folder: Folder): number {
  const path = { id: folder.id };
  const now = useQuery({
    queryKey: ["folder", folder.id],
    queryFn: () => take(api.GET("/api/folders/{id}", { params: { path } })),
    staleTime: 0,
  });
  return Number((now.data?.folder ?? folder).promptCount);
}
