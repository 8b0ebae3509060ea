import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, useState } from "react";
import { api, take } from "../../../api/client";
import { errorOf } from "../../../api/error-of";
import { useReload } from "../../../api/reload";
import { Button } from "../../../ui/button";
import { Dialog, FormDialog } from "../../../ui/dialog";
import { CheckField, TextField } from "../../../ui/field";
import { counted } from "../../../ui/format";
import { Note } from "../../../ui/notes";
import ui from "../../../ui/ui.module.css";
import { add, type DocumentInput, type Imported, readDocument, split } from "./document";
import { ImportSummary } from "./import-summary";

const NOTHING: Imported = { createdFolders: "0", updatedFolders: "0", prompts: [] };

/** Brings the prompts of a file into the project, and then tells what that did. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [document, setDocument] = useState<DocumentInput>();
  const [fault, setFault] = useState<string>();
  const [moveLabels, setMoveLabels] = useState(false);
  const [done, setDone] = useState(NOTHING);
  const reload = useReload();
  const importing = useMutation({
    mutationFn: async (given: DocumentInput) => {
      let total = NOTHING;
      for (const part of split(given)) {
        total = add(total, await take(api.POST("/api/import", { body: { document: part, moveLabels } })));
        setDone(total);
      }
    },
    onSettled: () => reload("prompts", "folders", "prompt", "versions", "version", "labels", "moves"),
  });
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    setDocument(undefined);
    setFault(undefined);
    setDone(NOTHING);
    importing.reset();
    try {
      const file = event.target.files?.[0];
      if (file) setDocument(readDocument(await file.text()));
    } catch (error) {
      setFault(errorOf(error).message);
    }
  };
  if (importing.isSuccess) {
    return (
      <Dialog title="Imported" onClose={onClose}>
        <ImportSummary done={done} />
        <div className={ui.actions}>
          <Button kind="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title="Import prompts"
      action="Import"
      busy={importing.isPending}
      disabled={!document}
      error={importing.error}
      onSubmit={() => document && importing.mutate(document)}
      onClose={onClose}
    >
      <p>
        Take a file of this page's Export, of another server, or of <code>promptwire export</code>. What is there
        already is found again and not made twice.
      </p>
      <TextField label="File" type="file" accept=".json,application/json" fault={fault} onChange={choose} />
      {document && (
        <Note>
          <p>{contents(document)}</p>
        </Note>
      )}
      <CheckField
        label="Move labels"
        hint="Labels that are on another version here than in the file move to that of the file. Otherwise they stay."
        checked={moveLabels}
        onChange={(event) => setMoveLabels(event.target.checked)}
      />
      {importing.error && done.prompts.length > 0 && (
        <Note kind="wait">
          <p>Imported until then: {counted(done.prompts.length, "prompt")}. It is safe to import the file again.</p>
        </Note>
      )}
    </FormDialog>
  );
}

function contents({ folders = [], prompts = [] }: DocumentInput): string {
  const versions = prompts.reduce((sum, prompt) => sum + (prompt.versions?.length ?? 0), 0);
  const parts = [counted(folders.length, "folder"), counted(prompts.length, "prompt"), counted(versions, "version")];
  return `The file holds ${parts.join(", ")}.`;
}
