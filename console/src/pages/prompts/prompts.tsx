import { FileText, FolderPlus, Plus, Upload } from "lucide-react";
import { useState } from "react";
import { useFolders } from "../../api/folders";
import { usePrompts } from "../../api/prompts";
import { useCan } from "../../caller/caller";
import { ReadOnlyNote, ScopeNote } from "../../caller/scope-note";
import { useWhyNot } from "../../caller/why-not";
import { Button } from "../../ui/button";
import { Empty } from "../../ui/notes";
import { Async, Card, Page, Row } from "../../ui/page";
import { ExportButton } from "./export-button";
import { FolderDialog } from "./library/folder-dialog";
import { ImportDialog } from "./library/import-dialog";
import { Library } from "./library/library";
import { NewPromptDialog } from "./library/new-prompt-dialog";

type Shown = "prompt" | "folder" | "import";

interface Showing {
  onShow: (shown: Shown) => void;
}

export default function PromptsPage() {
  const [shown, setShown] = useState<Shown>();
  const close = () => setShown(undefined);
  return (
    <Page
      title="Prompts"
      about="What your services run. Every change of a prompt is a new version of it."
      actions={<Actions onShow={setShown} />}
    >
      {useCan()("prompts:read") ? (
        <>
          <ReadOnlyNote />
          <All onShow={setShown} />
        </>
      ) : (
        <ScopeNote scope="prompts:read">To see prompts</ScopeNote>
      )}
      {shown === "prompt" && <NewPromptDialog onClose={close} />}
      {shown === "folder" && <FolderDialog onClose={close} />}
      {shown === "import" && <ImportDialog onClose={close} />}
    </Page>
  );
}

function All({ onShow }: Showing) {
  const prompts = usePrompts();
  const folders = useFolders();
  return (
    <Async query={folders}>
      {(places) => (
        <Async query={prompts}>
          {(all) =>
            all.length + places.length > 0 ? (
              <Library prompts={all} folders={places} onNew={() => onShow("prompt")} />
            ) : (
              <Beginning onShow={onShow} />
            )
          }
        </Async>
      )}
    </Async>
  );
}

function Actions({ onShow }: Showing) {
  const why = useWhyNot("prompts:write");
  return (
    <>
      <Button kind="quiet" disabled={why !== undefined} title={why} onClick={() => onShow("import")}>
        <Upload size={15} aria-hidden="true" />
        Import
      </Button>
      <ExportButton name="promptwire.json" />
      <Button disabled={why !== undefined} title={why} onClick={() => onShow("folder")}>
        <FolderPlus size={15} aria-hidden="true" />
        New folder
      </Button>
      <Button kind="primary" disabled={why !== undefined} title={why} onClick={() => onShow("prompt")}>
        <Plus size={15} aria-hidden="true" />
        New prompt
      </Button>
    </>
  );
}

function Beginning({ onShow }: Showing) {
  const can = useCan()("prompts:write");
  return (
    <Card>
      <Empty icon={<FileText size={28} aria-hidden="true" />} title="No prompts yet">
        <p>
          A prompt is a text for a model, with holes such as <code>{"{topic}"}</code> that each run fills. Write one,
          try it in a session, and commit it as version 1: then your services can run it by its id or alias.
        </p>
        {can && (
          <Row>
            <Button kind="primary" onClick={() => onShow("prompt")}>
              Write the first prompt
            </Button>
            <Button onClick={() => onShow("import")}>Import a file</Button>
          </Row>
        )}
      </Empty>
    </Card>
  );
}
