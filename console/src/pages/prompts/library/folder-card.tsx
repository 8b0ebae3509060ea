import { FolderOpen, Pencil, SearchX, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Folder } from "../../../api/client";
import type { Listed } from "../../../api/prompts";
import { useCan } from "../../../caller/caller";
import { Button } from "../../../ui/button";
import { counted } from "../../../ui/format";
import { Empty } from "../../../ui/notes";
import { Card } from "../../../ui/page";
import ui from "../../../ui/ui.module.css";
import { DeleteFolderDialog } from "./delete-folder-dialog";
import { FolderDialog } from "./folder-dialog";
import { PromptTable } from "./prompt-table";
import styles from "./prompts.module.css";
import type { Place } from "./search";

// How many rows are drawn at a time: thousands at once would be slow.
const ROWS = 100;

interface FolderCardProps {
  place: Place;
  prompts: readonly Listed[];
  folders: readonly Folder[];
  /** What is looked for. */
  wanted: string;
  onNew: () => void;
  onSearch: (text: string) => void;
  /** Called when the folder was deleted. */
  onGone: () => void;
}

/** The prompts that were found in a place. */
export function FolderCard({ place, prompts, folders, wanted, onNew, onSearch, onGone }: FolderCardProps) {
  const [most, setMost] = useState(ROWS);
  const isSearched = wanted.trim() !== "";
  return (
    <Card
      flush
      label={place.name}
      title={
        <div className={styles.folderTitle}>
          <h2>{place.name}</h2>
          {place.folder?.description && <p className={ui.soft}>{place.folder.description}</p>}
        </div>
      }
      actions={
        <>
          <span className={ui.soft} role="status">
            {isSearched ? `${counted(prompts.length, "prompt")} found` : counted(prompts.length, "prompt")}
          </span>
          {place.folder && <FolderActions folder={place.folder} onGone={onGone} />}
        </>
      }
    >
      {prompts.length > 0 && (
        <PromptTable prompts={prompts.slice(0, most)} folders={place.folder ? undefined : folders} />
      )}
      {prompts.length > most && (
        <div className={styles.more}>
          <Button onClick={() => setMost(most + ROWS)}>Show more</Button>
        </div>
      )}
      {prompts.length === 0 && isSearched && <NothingFound wanted={wanted} onSearch={onSearch} />}
      {prompts.length === 0 && !isSearched && <NothingHere place={place} onNew={onNew} />}
    </Card>
  );
}

function FolderActions({ folder, onGone }: { folder: Folder; onGone: () => void }) {
  const can = useCan()("prompts:write");
  const [shown, setShown] = useState<"edit" | "delete">();
  const close = () => setShown(undefined);
  if (!can) return null;
  return (
    <>
      <Button small kind="quiet" onClick={() => setShown("edit")}>
        <Pencil size={14} aria-hidden="true" />
        Edit folder
      </Button>
      <Button small kind="quiet" onClick={() => setShown("delete")}>
        <Trash2 size={14} aria-hidden="true" />
        Delete folder
      </Button>
      {shown === "edit" && <FolderDialog folder={folder} onClose={close} />}
      {shown === "delete" && <DeleteFolderDialog folder={folder} onClose={close} onGone={onGone} />}
    </>
  );
}

function NothingFound({ wanted, onSearch }: { wanted: string; onSearch: (text: string) => void }) {
  return (
    <Empty icon={<SearchX size={26} aria-hidden="true" />} title="Nothing matches">
      <p>
        No prompt here has all words of “<bdi>{wanted.trim()}</bdi>” in its name, alias, description or id.
      </p>
      <Button onClick={() => onSearch("")}>Clear the search</Button>
    </Empty>
  );
}

function NothingHere({ place, onNew }: { place: Place; onNew: () => void }) {
  const can = useCan()("prompts:write");
  return (
    <Empty
      icon={<FolderOpen size={26} aria-hidden="true" />}
      title={place.folder ? "This folder is empty" : "No prompts here"}
    >
      <p>
        {place.folder
          ? "Folders keep together what belongs together. Make a prompt here, or open another and change its folder."
          : "Every prompt is in a folder. New ones that are put in none stand here."}
      </p>
      {can && <Button onClick={onNew}>New prompt{place.folder ? " in this folder" : ""}</Button>}
    </Empty>
  );
}
