/** What versions and drafts say, part by part as texts that can be compared line by line. */

import type { Variable, Version } from "../api/client";
import { printSorted } from "../ui/json";
import { readMessage } from "./message";

/** What of a version is compared. */
export type Content = Pick<
  Version,
  "messages" | "graph" | "variables" | "images" | "provider" | "model" | "parameters" | "outputFormat"
>;

export interface Compared {
  title: string;
  old: string;
  new: string;
}

type Told = readonly (readonly [title: string, tell: (content: Content) => string])[];

const PARTS: Told = [
  ["Messages", ({ messages }) => messages.map(tellMessage).join("\n\n")],
  ["Graph", ({ graph }) => printSorted(graph)],
  ["Variables", ({ variables }) => some(variables.map(withoutBlanks))],
  ["Images", ({ images }) => some(images)],
  ["Model", ({ graph, provider, model }) => (graph ? "" : printSorted({ model, provider }))],
  ["Parameters", ({ parameters = {} }) => (Object.keys(parameters).length > 0 ? printSorted(parameters) : "")],
  [
    "Output format",
    ({ graph, outputFormat }) => (graph ? "" : printSorted({ type: outputFormat?.type ?? "TYPE_TEXT" })),
  ],
  ["Schema", ({ outputFormat }) => printSorted(outputFormat?.schema)],
];

/** Give the parts that one of both has: those that differ, and the names of the equal ones. */
export function compareContents(old: Content, next: Content): { changed: Compared[]; equal: string[] } {
  const parts = PARTS.map(([title, tell]) => ({ title, old: tell(old), new: tell(next) }));
  return {
    changed: parts.filter((part) => part.old !== part.new),
    equal: parts.filter((part) => part.old === part.new && part.old).map(({ title }) => title),
  };
}

/** Tell a message as `promptwire prompt diff` does: its role, then what it says. */
function tellMessage(message: unknown): string {
  const read = readMessage(message);
  if (!read) return `[json]\n${printSorted(message)}`;
  return [`[${read.role}]`, ...read.parts.map((part) => ("text" in part ? part.text : printSorted(part.json)))].join(
    "\n",
  );
}

function some(items: readonly unknown[]): string {
  return items.length > 0 ? printSorted(items) : "";
}

/** Give what a variable says beside what all of them say that nobody has changed. */
function withoutBlanks({ description, options, allowEmpty, ...others }: Variable): Partial<Variable> {
  return {
    ...others,
    ...(description && { description }),
    ...(options.length > 0 && { options }),
    ...(allowEmpty && { allowEmpty }),
  };
}
