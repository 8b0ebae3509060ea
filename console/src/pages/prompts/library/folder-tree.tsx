import { Folder, FolderOpen, Inbox, Library } from "lucide-react";
import { type KeyboardEvent, useRef } from "react";
import { count } from "../../../ui/format";
import styles from "./prompts.module.css";
import { ALL, NONE, type Place } from "./search";

interface FolderTreeProps {
  places: readonly Place[];
  chosen: string;
  onChoose: (id: string) => void;
}

/** All prompts, and below them those of each folder. The arrow keys choose, as do Home, End and first letters. */
export function FolderTree({ places, chosen, onChoose }: FolderTreeProps) {
  const tree = useRef<HTMLDivElement>(null);
  const press = (event: KeyboardEvent) => {
    const next = event.ctrlKey || event.metaKey || event.altKey ? undefined : follow(event.key, places, chosen);
    if (!next) return;
    event.preventDefault();
    onChoose(next.id);
    tree.current?.querySelector<HTMLElement>(`[data-place="${CSS.escape(next.id)}"]`)?.focus();
  };
  const [all, ...others] = places;
  if (!all) return null;
  const item = (place: Place) => ({ place, isChosen: place.id === chosen, onChoose: () => onChoose(place.id) });
  return (
    <div ref={tree} role="tree" aria-label="Folders" onKeyDown={press}>
      <Item {...item(all)} level={1} />
      {others.map((place) => (
        <Item key={place.id} {...item(place)} level={2} />
      ))}
    </div>
  );
}

interface ItemProps {
  place: Place;
  level: 1 | 2;
  isChosen: boolean;
  onChoose: () => void;
}

function Item({ place, level, isChosen, onChoose }: ItemProps) {
  const Icon = { [ALL]: Library, [NONE]: Inbox }[place.id] ?? (isChosen ? FolderOpen : Folder);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys
    <div
      role="treeitem"
      data-place={place.id}
      className={styles.place}
      aria-level={level}
      aria-expanded={level === 1 ? true : undefined}
      aria-selected={isChosen}
      tabIndex={isChosen ? 0 : -1}
      title={place.folder?.description}
      onClick={onChoose}
    >
      <Icon size={15} aria-hidden="true" />
      <span className={styles.placeName}>{place.name}</span>
      <span className={styles.count}>{count(place.count)}</span>
    </div>
  );
}

/** Give the place that a key leads to, from the chosen one. */
function follow(key: string, places: readonly Place[], chosen: string): Place | undefined {
  const at = places.findIndex(({ id }) => id === chosen);
  if (key === "ArrowDown") return places[at + 1];
  if (key === "ArrowUp") return places[at - 1];
  if (key === "Home" || key === "ArrowLeft") return places[0];
  if (key === "End") return places.at(-1);
  if (key === "ArrowRight") return at === 0 ? places[1] : undefined;
  if (key.length !== 1 || key === " ") return undefined;
  const around = [...places.slice(at + 1), ...places.slice(0, at)];
  return around.find(({ name }) => name.toLowerCase().startsWith(key.toLowerCase()));
}
