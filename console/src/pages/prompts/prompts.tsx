import { FileText, FolderPlus, Plus, Upload } from "lucide-react";
import { useState } from "react";
import { useCan } from "../../session/session";
import { Button } from "../../ui/button";
import { Empty } from "../../ui/notes";
import { Async, Page, Row } from "../../ui/page";
import { ExportButton } from "./export-button";
import { FolderDialog } from "./library/folder-dialog";
import { ImportDialog } from "./library/import-dialog";
import { Library } from "./library/library";
import { NewPromptDialog } from "./library/new-prompt-dialog";
import { useFolders, usePrompts } from "./queries";
import { ReadOnlyNote, whyNot } from "./read-only-note";

type Shown = "prompt" | "folder" | "import";

interface Showing {
  onShow: (shown: Shown) => void;
}

export default function PromptsPage() {
  const prompts = usePrompts();
  const folders = useFolders();
  const [shown, setShown] = useState<Shown>();
  const close = () => setShown(undefined);
  return (
    <Page
      title="Prompts"
      about="What your services run. Every change of a prompt is a new version of it."
      actions={<Actions onShow={setShown} />}
    >
      <ReadOnlyNote />
      <Async query={folders}>
        {(places) => (
          <Async query={prompts}>
            {(all) =>
              all.length + places.length > 0 ? (
                <Library prompts={all} folders={places} onNew={() => setShown("prompt")} />
              ) : (
                <Beginning onShow={setShown} />
              )
            }
          </Async>
        )}
      </Async>
      {shown === "prompt" && <NewPromptDialog onClose={close} />}
      {shown === "folder" && <FolderDialog onClose={close} />}
      {shown === "import" && <ImportDialog onClose={close} />}
    </Page>
  );
}

function Actions({ onShow }: Showing) {
  const can = useCan()("prompts:write");
  const title = can ? undefined : whyNot("prompts:write");
  return (
    <>
      <Button kind="quiet" disabled={!can} title={title} onClick={() => onShow("import")}>
        <Upload size={15} aria-hidden="true" />
        Import
      </Button>
      <ExportButton name="promptwire.json" />
      <Button disabled={!can} title={title} onClick={() => onShow("folder")}>
        <FolderPlus size={15} aria-hidden="true" />
        New folder
      </Button>
      <Button kind="primary" disabled={!can} title={title} onClick={() => onShow("prompt")}>
        <Plus size={15} aria-hidden="true" />
        New prompt
      </Button>
    </>
  );
}

function Beginning({ onShow }: Showing) {
  const can = useCan()("prompts:write");
  return (
    <Empty icon={<FileText size={28} aria-hidden="true" />} title="No prompts yet">
      <p>
        A prompt is a text for a model, with holes such as <code>{"{topic}"}</code> that each run fills. Write one, try
        it in a session, and commit it as version 1: then your services can run it by its id or alias.
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
  );
}
