import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Folder, Prompt } from "../../../api/client";
import { useWhyNot } from "../../../caller/why-not";
import { Button } from "../../../ui/button";
import { CopyButton } from "../../../ui/copy";
import { toFileName } from "../../../ui/download";
import { Card, Facts, Row } from "../../../ui/page";
import { Time } from "../../../ui/time";
import ui from "../../../ui/ui.module.css";
import { ExportButton } from "../export-button";
import styles from "../prompt.module.css";
import { DeletePromptDialog } from "./delete-prompt-dialog";

interface SettingsTabProps {
  prompt: Prompt;
  folder?: Folder;
  onEdit: () => void;
}

export function SettingsTab({ prompt, folder, onEdit }: SettingsTabProps) {
  const why = useWhyNot("prompts:write");
  const [isDeleting, setDeleting] = useState(false);
  return (
    <>
      <Card
        title="What it is"
        actions={
          <Button small disabled={why !== undefined} title={why} onClick={onEdit}>
            <Pencil size={14} aria-hidden="true" />
            Edit
          </Button>
        }
      >
        <Facts
          of={[
            ["Name", prompt.name],
            ["Description", prompt.description && <span className={styles.description}>{prompt.description}</span>],
            ["Id", <Copied key="id" text={prompt.id} what="id" />],
            ["Alias", prompt.alias && <Copied text={prompt.alias} what="alias" />],
            ["Folder", folder?.name ?? "None"],
            [
              "Variables",
              prompt.strictVariables ? "Runs must give every one a value" : "Defaults stand in for missing values",
            ],
            ["Made", <Time key="made" at={prompt.createTime} />],
            ["Changed", <Time key="changed" at={prompt.updateTime} />],
          ]}
        />
      </Card>
      <Card
        title="Export"
        actions={<ExportButton name={`${toFileName(prompt.alias) || prompt.id}.json`} promptId={prompt.id} />}
      >
        <p className={ui.soft}>
          A file with the prompt, its versions, labels and folder, to keep or to import elsewhere.
        </p>
      </Card>
      <Card
        title="Delete"
        actions={
          <Button small kind="danger" disabled={why !== undefined} title={why} onClick={() => setDeleting(true)}>
            <Trash2 size={14} aria-hidden="true" />
            Delete the prompt…
          </Button>
        }
      >
        <p className={ui.soft}>Deletes it with its versions, labels and sessions. Records of its runs stay.</p>
      </Card>
      {isDeleting && <DeletePromptDialog prompt={prompt} onClose={() => setDeleting(false)} />}
    </>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <Row>
      <code>{text}</code>
      <CopyButton text={text} label={`Copy the ${what}`} icon small />
    </Row>
  );
}
