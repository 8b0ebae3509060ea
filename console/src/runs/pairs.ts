/** Pairs of a name and a value, one a line: `name=value`. */

import { isolate } from "../ui/isolate";

interface Pairs {
  pairs: Record<string, string>;
  fault?: string;
}

export function parsePairs(text: string): Pairs {
  const pairs = new Map<string, string>();
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (!line) continue;
    const at = line.indexOf("=");
    if (at < 1) return { pairs: {}, fault: `“${isolate(line)}” is no pair such as team=search.` };
    const name = line.slice(0, at).trim();
    if (pairs.has(name)) return { pairs: {}, fault: `${isolate(name)} is there twice.` };
    pairs.set(name, line.slice(at + 1).trim());
  }
  return { pairs: Object.fromEntries(pairs) };
}

/** Give the lines of pairs; and the names of those that no line says, such as one whose value has several. */
export function printPairs(pairs: Readonly<Record<string, string>>): { text: string; left: string[] } {
  const lines: string[] = [];
  const left: string[] = [];
  for (const [name, value] of Object.entries(pairs)) {
    const line = `${name}=${value}`;
    const read = Object.entries(parsePairs(line).pairs);
    if (read.length === 1 && read[0]?.[0] === name && read[0][1] === value) lines.push(line);
    else left.push(name);
  }
  return { text: lines.join("\n"), left };
}
