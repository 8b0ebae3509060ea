import type { Folder } from "../../../api/client";
import type { Listed } from "../../../api/prompts";

/** The choices of the tree that are no folder's id. */
export const ALL = "all";
export const NONE = "none";

/** A place where prompts are: all of them, those in no folder, or a folder. */
export interface Place {
  id: string;
  name: string;
  count: number;
  folder?: Folder;
}

/** Give the places with how many prompts each holds: all, none, then the folders in their order. */
export function listPlaces(folders: readonly Folder[], prompts: readonly Listed[]): Place[] {
  const counts = new Map<string, number>();
  for (const { folderId } of prompts) counts.set(folderId, (counts.get(folderId) ?? 0) + 1);
  return [
    { id: ALL, name: "All prompts", count: prompts.length },
    { id: NONE, name: "No folder", count: counts.get("") ?? 0 },
    ...folders.map((folder) => ({ id: folder.id, name: folder.name, count: counts.get(folder.id) ?? 0, folder })),
  ];
}

/** Give the prompts of a place that hold every word, in the name, the alias, the description or the id. */
export function find(prompts: readonly Listed[], place: string, text: string): Listed[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return prompts.filter((prompt) => {
    if (place !== ALL && prompt.folderId !== (place === NONE ? "" : place)) return false;
    const said = `${prompt.name}\n${prompt.alias}\n${prompt.description}\n${prompt.id}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}
