import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useNavigate } from "react-router";
import { api, type Session, take } from "../../../api/client";
import { faultAt } from "../../../api/fault-at";
import { FormDialog } from "../../../ui/dialog";
import { TextArea, TextField } from "../../../ui/field";
import { useToast } from "../../../ui/toast";
import { useLabels, useReload } from "../../prompts/queries";

interface CommitDialogProps {
  session: Session;
  /** Saves what is unsaved. */
  settle: () => Promise<void>;
  onClose: () => void;
}

/** Makes the next version of a draft, with a label on it if one is wanted. */
export function CommitDialog({ session, settle, onClose }: CommitDialogProps) {
  const { promptId } = session;
  const [message, setMessage] = useState("");
  const [label, setLabel] = useState("");
  const labels = useLabels(promptId);
  const names = useId();
  const navigate = useNavigate();
  const reload = useReload();
  const tell = useToast();
  const committing = useMutation({
    mutationFn: async () => {
      await settle();
      const params = { path: { id: session.id } };
      const body = { commitMessage: message };
      const { version } = await take(api.POST("/api/sessions/{id}/commit", { params, body }));
      const fault = label.trim() && version && (await setOn(promptId, label.trim(), version.id));
      return { version, fault };
    },
    onSuccess: async ({ version, fault }) => {
      tell(fault || `Committed as version ${version?.number}.`);
      await reload("prompt", "prompts", "versions", "labels");
      navigate(`/flows/${promptId}?version=${version?.id}`);
    },
  });
  return (
    <FormDialog
      title="Commit the draft"
      action="Commit"
      busy={committing.isPending}
      error={committing.error}
      onSubmit={() => committing.mutate()}
      onClose={onClose}
    >
      <p>What the draft says becomes the next version, which never changes. The draft stays.</p>
      <TextArea
        label="Message"
        hint="What changed. May be empty."
        rows={3}
        maxLength={10_000}
        value={message}
        fault={faultAt(committing.error, "commitMessage")}
        onChange={(event) => setMessage(event.target.value)}
      />
      <TextField
        label="Label to set on it"
        hint="Runs by this label take the new version. May be empty."
        maxLength={255}
        list={names}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
      />
      <datalist id={names}>
        {labels.data?.map(({ name, versionNumber }) => (
          <option key={name} value={name}>{`on version ${versionNumber}`}</option>
        ))}
      </datalist>
    </FormDialog>
  );
}

/** Set a label on a version; give what is wrong, in words, if it cannot be. The version is there all the same. */
async function setOn(promptId: string, label: string, versionId: string): Promise<string | undefined> {
  const params = { path: { prompt_id: promptId, label } };
  try {
    await take(api.PUT("/api/prompts/{prompt_id}/labels/{label}", { params, body: { versionId } }));
    return undefined;
  } catch (error) {
    return `Committed, but the label was not set. ${error instanceof Error ? error.message : error}`;
  }
}
