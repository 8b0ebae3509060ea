import type { Version } from "../../api/client";
import { isObject } from "../../ui/json";

/** Give what the nodes of a graph are called, by id: a run names them only when they end. */
export function nodeNames({ graph }: Version): Record<string, string> {
  const nodes = Array.isArray(graph?.nodes) ? graph.nodes : [];
  const names: Record<string, string> = {};
  for (const node of nodes) {
    if (!isObject(node) || !isObject(node.data)) continue;
    const { name } = node.data;
    if (typeof node.id === "string" && typeof name === "string" && name) names[node.id] = name;
  }
  return names;
}
