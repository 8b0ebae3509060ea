/** What nodes can name: the variables that a run fills, and the holes that a prompt can have. */

import type { Variable } from "../../../api/client";
import { holesOf } from "../../../prompts/holes";
import { isObject } from "../../../ui/json";
import { draw, type Graph, type GraphNode, type Links } from "./document";

/** Give the variables that a graph declares, as the server does: one without a stored value is required. */
export function listVariables(graph: Graph): Variable[] {
  const values = new Map<string, string>();
  for (const node of draw(graph).nodes) {
    if (node.kind === "variable" && node.name) {
      values.set(node.name, values.get(node.name) || storedValue(node));
    }
  }
  return [...values].map(([name, value]) => ({
    name,
    type: "TYPE_TEXT",
    required: !value,
    ...(value && { defaultValue: value }),
    description: "",
    options: [],
    allowEmpty: true,
  }));
}

/** Give the value that a variable's node stores, as text. */
export function storedValue({ data }: GraphNode): string {
  const value = isObject(data.variable) ? data.variable.value : undefined;
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Give all nodes that these links lead to from some, near and far; with `sources` those before them. */
export function walk(links: Links, from: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const waiting = [...from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const next of links.get(at) ?? []) {
      if (!found.has(next)) {
        found.add(next);
        waiting.push(next);
      }
    }
  }
  return found;
}

/** Give the names that a node's prompt can have holes for: variables that lead to it, and actions before it. */
export function listNames(graph: Graph, id: string): string[] {
  const { nodes, sources } = draw(graph);
  const near = new Set(sources.get(id));
  const before = walk(sources, [id]);
  const seen = nodes.filter(
    ({ id: other, kind }) => (kind === "variable" && near.has(other)) || (kind === "action" && before.has(other)),
  );
  return [...new Set(seen.map((node) => node.name).filter(Boolean))];
}

/** Give the holes of a node's prompt that nothing of their name leads to: these stay text. */
export function listUnled(graph: Graph, id: string, prompt: string): string[] {
  const names = new Set(draw(graph).nodes.map((node) => node.name));
  const led = new Set(listNames(graph, id));
  return [...new Set(holesOf(prompt, names))].filter((name) => !led.has(name));
}
