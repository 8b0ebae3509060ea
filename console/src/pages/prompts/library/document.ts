/** Files of folders and prompts: read, cut up for imports, and what these did summed up. */

import type { components } from "../../../api/schema";
import { isObject, parseJson } from "../../../ui/json";

export type DocumentInput = components["schemas"]["DocumentInput"];
export type Imported = components["schemas"]["ImportPromptsResponse"];

// What one call brings at most: each is one transaction of the server.
const MOST_ITEMS = 1000;
const MOST_CHARACTERS = 4_000_000;

/** Read a file of an export, also one with the document as a request has it. Throws Error that says what it is not. */
export function readDocument(text: string): DocumentInput {
  const { value: content, fault } = parseJson(text);
  if (fault !== undefined) throw new Error(`This file is not JSON: ${fault}`);
  const document = isObject(content) && isObject(content.document) ? content.document : content;
  if (!isObject(document)) throw new Error("This file is no document: it must hold a JSON object.");
  const { folders = [], prompts = [] } = document;
  if (!Array.isArray(folders) || !Array.isArray(prompts) || folders.length + prompts.length === 0)
    throw new Error("This file is no document: it holds neither folders nor prompts.");
  return { folders, prompts };
}

/** Give a document in parts that a call takes, the folders first. What is larger by itself is a part. */
export function split(document: DocumentInput, items = MOST_ITEMS, characters = MOST_CHARACTERS): DocumentInput[] {
  const parts: Required<DocumentInput>[] = [];
  let size = 0;
  const partFor = (item: unknown) => {
    const last = parts.at(-1);
    const length = JSON.stringify(item).length;
    size += length;
    if (last && last.folders.length + last.prompts.length < items && size <= characters) return last;
    const part = { folders: [], prompts: [] };
    parts.push(part);
    size = length;
    return part;
  };
  for (const folder of document.folders ?? []) partFor(folder).folders.push(folder);
  for (const prompt of document.prompts ?? []) partFor(prompt).prompts.push(prompt);
  return parts;
}

/** Give what two imports did, as one. */
export function add(one: Imported, other: Imported): Imported {
  return {
    createdFolders: String(Number(one.createdFolders) + Number(other.createdFolders)),
    updatedFolders: String(Number(one.updatedFolders) + Number(other.updatedFolders)),
    prompts: [...one.prompts, ...other.prompts],
  };
}
