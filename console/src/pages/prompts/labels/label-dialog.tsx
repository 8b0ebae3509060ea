import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Label, take, type Version } from "../../../api/client";
import { faultAt } from "../../../api/fault-at";
import { useCan } from "../../../session/session";
import { Button } from "../../../ui/button";
import { FormDialog } from "../../../ui/dialog";
import { CheckField, SelectField, TextField } from "../../../ui/field";
import { useToast } from "../../../ui/toast";
import { useLabels, useReload, useVersions } from "../queries";
import { isAddressable } from "./names";

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
  const [chosen, setChosen] = useState(version?.number ?? "");
  const [isProtected, setProtected] = useState<boolean>();
  const there = useLabels(promptId).data?.find((it) => it.name === name) ?? label;
  const guard = isProtected ?? there?.protected ?? false;
  const mayProtect = useCan()("labels:protected");
  const saving = useSaving(promptId, onClose);
  return (
    <FormDialog
      title={label ? `Move “${label.name}”` : version ? `Label version ${version.number}` : "Set a label"}
      action={there && there.versionNumber !== chosen ? "Move" : "Set"}
      busy={saving.isPending}
      disabled={!name || !chosen || fault(name, there, mayProtect) !== undefined}
      error={saving.error}
      onSubmit={() =>
        saving.mutate({ name, number: chosen, protected: guard === there?.protected ? undefined : guard })
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
          chosen={chosen}
          onChoose={setChosen}
          fault={faultAt(saving.error, "number")}
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
  number: string;
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
    onSuccess: async (_, { name, number }) => {
      onDone();
      tell(`“${name}” is on version ${number}.`);
      await reload("labels", "moves", "versions", "version", "prompt");
    },
  });
}

function fault(name: string, there: Label | undefined, mayProtect: boolean): string | undefined {
  if (!isAddressable(name)) return "Browsers cannot name this label to the server. Choose another name.";
  if (there?.protected && !mayProtect)
    return "It is protected: to move it takes a key with the scope labels:protected.";
  return undefined;
}

interface VersionFieldProps {
  promptId: string;
  chosen: string;
  onChoose: (number: string) => void;
  fault?: string;
}

function VersionField({ promptId, chosen, onChoose, fault: said }: VersionFieldProps) {
  const versions = useVersions(promptId);
  return (
    <>
      <SelectField label="Version" value={chosen} fault={said} onChange={(event) => onChoose(event.target.value)}>
        <option value="">Choose a version</option>
        {versions.items?.map(({ id, number, commitMessage }) => (
          <option key={id} value={number}>
            {[`Version ${number}`, commitMessage.split("\n", 1)[0]?.slice(0, 80)].filter(Boolean).join(" · ")}
          </option>
        ))}
      </SelectField>
      {versions.more && (
        <div>
          <Button small busy={versions.isFetchingNextPage} onClick={versions.more}>
            Offer older versions
          </Button>
        </div>
      )}
    </>
  );
}
