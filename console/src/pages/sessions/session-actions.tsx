import { GitCommitHorizontal, Pencil, Save, Trash2 } from "lucide-react";
import { Badge } from "../../ui/badge";
import { Button, IconButton } from "../../ui/button";
import { shortcutName } from "../../ui/shortcut";

interface SessionActionsProps {
  isUnsaved: boolean;
  isSaving: boolean;
  /** Whether the draft has no JSON that cannot be read. */
  isReadable: boolean;
  onSave: () => void;
  onCommit: () => void;
  onRename: () => void;
  onDelete: () => void;
}

/** What can be done with a session, and whether it is saved. */
export function SessionActions(props: SessionActionsProps) {
  const { isUnsaved, isSaving, isReadable } = props;
  return (
    <>
      <span role="status">
        {isUnsaved && !isSaving && <Badge tone="wait">{isReadable ? "Unsaved changes" : "JSON with an error"}</Badge>}
        {!isUnsaved && <Badge tone="good">Saved</Badge>}
      </span>
      <IconButton label="Rename the session" kind="quiet" onClick={props.onRename}>
        <Pencil size={16} />
      </IconButton>
      <IconButton label="Delete the session" kind="quiet" onClick={props.onDelete}>
        <Trash2 size={16} />
      </IconButton>
      <Button
        busy={isSaving}
        disabled={!isUnsaved || !isReadable}
        title={`Save (${shortcutName("s")})`}
        onClick={props.onSave}
      >
        {!isSaving && <Save size={15} aria-hidden="true" />}
        Save
      </Button>
      <Button kind="primary" disabled={isSaving || !isReadable} onClick={props.onCommit}>
        <GitCommitHorizontal size={16} aria-hidden="true" />
        Commit
      </Button>
    </>
  );
}
