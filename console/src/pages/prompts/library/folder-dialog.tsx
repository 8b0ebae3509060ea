import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Folder, take } from "../../../api/client";
import { faultAt } from "../../../api/fault-at";
import { useReload } from "../../../api/reload";
import { FormDialog } from "../../../ui/dialog";
import { TextArea, TextField } from "../../../ui/field";
import { useAddress } from "../../../ui/use-address";

/** Makes a folder, and goes there; or changes one. */
export function FolderDialog({ folder, onClose }: { folder?: Folder; onClose: () => void }) {
  const [name, setName] = useState(folder?.name ?? "");
  const [description, setDescription] = useState(folder?.description ?? "");
  const [, change] = useAddress();
  const reload = useReload();
  const saving = useMutation({
    mutationFn: () => save(folder, name, description),
    onSuccess: async (saved) => {
      await reload("folders");
      if (!folder && saved) change({ folder: saved.id });
      onClose();
    },
  });
  return (
    <FormDialog
      title={folder ? "Edit folder" : "New folder"}
      action={folder ? "Save" : "Create"}
      busy={saving.isPending}
      disabled={!name.trim()}
      error={saving.error}
      onSubmit={() => saving.mutate()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        maxLength={255}
        value={name}
        fault={faultAt(saving.error, "name")}
        onChange={(event) => setName(event.target.value)}
      />
      <TextArea
        label="Description"
        hint="What belongs in it. May be empty."
        rows={3}
        maxLength={10_000}
        value={description}
        fault={faultAt(saving.error, "description")}
        onChange={(event) => setDescription(event.target.value)}
      />
    </FormDialog>
  );
}

async function save(folder: Folder | undefined, name: string, description: string): Promise<Folder | undefined> {
  const body = { name: name.trim(), description: description || undefined };
  if (!folder) return (await take(api.POST("/api/folders", { body }))).folder;
  const params = { path: { id: folder.id } };
  return (await take(api.PATCH("/api/folders/{id}", { params, body: { ...body, updateMask: "name,description" } })))
    .folder;
}
