import { useDeferredValue, useMemo, useState } from "react";
import type { Folder } from "../../../api/client";
import type { Listed } from "../../../api/prompts";
import { SelectField, TextField } from "../../../ui/field";
import { isolate } from "../../../ui/isolate";
import { useAddress } from "../../../ui/use-address";
import { FolderCard } from "./folder-card";
import { FolderTree } from "./folder-tree";
import styles from "./prompts.module.css";
import { ALL, find, listPlaces } from "./search";

interface LibraryProps {
  prompts: readonly Listed[];
  folders: readonly Folder[];
  onNew: () => void;
}

/** The folders beside the prompts of the chosen one; what is typed is looked for in these. */
export function Library({ prompts, folders, onNew }: LibraryProps) {
  const [params, change] = useAddress();
  // Beside the address, which follows too late for one who types.
  const [text, setText] = useState(params.get("q") ?? "");
  const search = (typed: string) => {
    setText(typed);
    change({ q: typed });
  };
  const places = useMemo(() => listPlaces(folders, prompts), [folders, prompts]);
  const all = places[0];
  const chosen = places.find(({ id }) => id === params.get("folder")) ?? all;
  const place = chosen?.id ?? ALL;
  const choose = (id: string) => change({ folder: id === ALL ? "" : id });
  const wanted = useDeferredValue(text);
  const found = useMemo(() => find(prompts, place, wanted), [prompts, place, wanted]);
  if (!chosen) return null;
  return (
    <div className={styles.library}>
      <div className={styles.tree}>
        <FolderTree places={places} chosen={place} onChoose={choose} />
      </div>
      <div className={styles.found}>
        <div className={styles.asked}>
          <div className={styles.pick}>
            <SelectField label="Folder" value={place} onChange={(event) => choose(event.target.value)}>
              {places.map(({ id, name, count }) => (
                <option key={id} value={id}>
                  {isolate(name)} ({count})
                </option>
              ))}
            </SelectField>
          </div>
          <TextField
            label="Search"
            hideLabel
            type="search"
            placeholder={`Search ${place === ALL ? "all prompts" : `“${isolate(chosen.name)}”`} by name, alias, description or id`}
            value={text}
            onChange={(event) => search(event.target.value)}
          />
        </div>
        <FolderCard
          key={place}
          place={chosen}
          prompts={found}
          folders={folders}
          wanted={wanted}
          onNew={onNew}
          onSearch={search}
          onGone={() => choose(ALL)}
        />
      </div>
    </div>
  );
}
