/** What two versions say, part by part as texts that can be compared line by line. */

import type { Version } from "../../../api/client";
import { print } from "../json";
import { readMessage } from "./message";

export interface Compared {
  title: string;
  old: string;
  new: string;
}

type Told = readonly (readonly [title: string, tell: (version: Version) => string])[];

const PARTS: Told = [
  ["Messages", ({ messages }) => messages.map(tellMessage).join("\n\n")],
  ["Graph", ({ graph }) => print(graph)],
  ["Variables", ({ variables }) => some(variables)],
  ["Images", ({ images }) => some(images)],
  ["Model", ({ graph, provider, model }) => (graph ? "" : print({ model, provider }))],
  ["Parameters", ({ parameters = {} }) => (Object.keys(parameters).length > 0 ? print(parameters) : "")],
  ["Output format", ({ graph, outputFormat }) => (graph ? "" : print({ type: outputFormat?.type ?? "TYPE_TEXT" }))],
  ["Schema", ({ outputFormat }) => print(outputFormat?.schema)],
];

/** Give the parts that one of the versions has: those that differ, and the names of the equal ones. */
export function compareVersions(old: Version, next: Version): { changed: Compared[]; equal: string[] } {
  const parts = PARTS.map(([title, tell]) => ({ title, old: tell(old), new: tell(next) }));
  return {
    changed: parts.filter((part) => part.old !== part.new),
    equal: parts.filter((part) => part.old === part.new && part.old).map(({ title }) => title),
  };
}

/** Tell a message as `promptwire prompt diff` does: its role, then what it says. */
function tellMessage(message: unknown): string {
  const read = readMessage(message);
  if (!read) return `[json]\n${print(message)}`;
  return [`[${read.role}]`, ...read.parts.map((part) => ("text" in part ? part.text : print(part.json)))].join("\n");
}

function some(items: readonly unknown[]): string {
  return items.length > 0 ? print(items) : "";
}
