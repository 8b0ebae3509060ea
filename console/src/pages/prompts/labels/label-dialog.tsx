import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Label, take, type Version } from "../../../api/client";
import { faultAt } from "../../../api/fault-at";
import { useLabels } from "../../../api/labels";
import { useReload } from "../../../api/reload";
import { useCan } from "../../../caller/caller";
import { nameFault } from "../../../prompts/label-name";
import { VersionField } from "../../../prompts/version-field";
import { FormDialog } from "../../../ui/dialog";
import { CheckField, TextField } from "../../../ui/field";
import { isolate } from "../../../ui/isolate";
import { useToast } from "../../../ui/toast";

interface LabelDialogProps {
  promptId: string;
  /** The label to move. Absent: its name is asked for. */
  label?: Label;
  /** The version to set it on. Absent: it is asked for. */
  version?: Version;
  onClose: () => void;
}

/** Sets a label on a version, or moves it there. */
export function LabelDialog({ promptId, label, version, onClose }: LabelDialogProps) {
  const [name, setName] = useState(label?.name ?? "");
  const [chosen, setChosen] = useState(version?.id ?? "");
  const [isProtected, setProtected] = useState<boolean>();
  const there = useLabels(promptId).data?.find((it) => it.name === name) ?? label;
  const guard = isProtected ?? there?.protected ?? false;
  const mayProtect = useCan()("labels:protected");
  const saving = useSaving(promptId, onClose);
  return (
    <FormDialog
      title={label ? `Move “${isolate(label.name)}”` : version ? `Label version ${version.number}` : "Set a label"}
      action={there && there.versionId !== chosen ? "Move" : "Set"}
      busy={saving.isPending}
      disabled={!name || !chosen || fault(name, there, mayProtect) !== undefined}
      error={saving.error}
      onSubmit={() =>
        saving.mutate({ name, versionId: chosen, protected: guard === there?.protected ? undefined : guard })
      }
      onClose={onClose}
    >
      {!label && (
        <TextField
          label="Label"
          hint={there ? `It is on version ${there.versionNumber} now.` : "Such as production or staging."}
          maxLength={255}
          spellCheck={false}
          autoComplete="off"
          value={name}
          fault={fault(name, there, mayProtect)}
          onChange={(event) => setName(event.target.value)}
        />
      )}
      {!version && (
        <VersionField
          promptId={promptId}
          value={chosen}
          unset="Choose a version"
          fault={faultAt(saving.error, "versionId")}
          onChoose={setChosen}
        />
      )}
      <CheckField
        label="Protected"
        hint={
          mayProtect
            ? "Then it takes a key with the scope labels:protected to move or delete it, or its version."
            : "To change this takes a key with the scope labels:protected."
        }
        disabled={!mayProtect}
        checked={guard}
        onChange={(event) => setProtected(event.target.checked)}
      />
    </FormDialog>
  );
}

interface Wanted {
  name: string;
  versionId: string;
  protected?: boolean;
}

function useSaving(promptId: string, onDone: () => void) {
  const tell = useToast();
  const reload = useReload();
  return useMutation({
    mutationFn: ({ name, ...body }: Wanted) =>
      take(
        api.PUT("/api/prompts/{prompt_id}/labels/{label}", {
          params: { path: { prompt_id: promptId, label: name } },
          body,
        }),
      ),
    onSuccess: async ({ label }) => {
      onDone();
      if (label) tell(`“${isolate(label.name)}” is on version ${label.versionNumber}.`);
      await reload("labels", "moves", "versions", "version", "prompt");
    },
  });
}

function fault(name: string, there: Label | undefined, mayProtect: boolean): string | undefined {
  const isHeld = there?.protected && !mayProtect;
  return isHeld ? "It is protected: to move it takes a key with the scope labels:protected." : nameFault(name);
}
