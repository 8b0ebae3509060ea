import type { Key } from "../../api/client";
import { CreateDialog } from "./create-dialog";
import { EditDialog } from "./edit-dialog";
import { RegenerateDialog } from "./regenerate-dialog";
import { RevokeDialog } from "./revoke-dialog";
import { ShownOnce } from "./secret-dialog";

/** What is about to be done, and to which key. */
export type Action = { name: "create" } | { name: "edit" | "regenerate" | "revoke"; of: Key };

/** The dialog of an action. */
export function ActionDialog({ action, onClose }: { action: Action; onClose: () => void }) {
  switch (action.name) {
    case "create":
      return <ShownOnce onClose={onClose} make={(onMade) => <CreateDialog onClose={onClose} onMade={onMade} />} />;
    case "edit":
      return <EditDialog of={action.of} onClose={onClose} />;
    case "regenerate":
      return (
        <ShownOnce
          onClose={onClose}
          make={(onMade) => <RegenerateDialog of={action.of} onClose={onClose} onMade={onMade} />}
        />
      );
    case "revoke":
      return <RevokeDialog of={action.of} onClose={onClose} />;
  }
}
