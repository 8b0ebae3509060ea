import type { Version } from "../../api/client";
import { isObject } from "../../ui/json";

/** Give what the nodes of a graph are called, by id: a run names them only when they end. */
export function nodeNames({ graph }: Version): Record<string, string> {
  const nodes = Array.isArray(graph?.nodes) ? graph.nodes : [];
  return Object.fromEntries(
    nodes.flatMap((node) => {
      const name = isObject(node) && isObject(node.data) ? node.data.name : undefined;
      return isObject(node) && typeof node.id === "string" && typeof name === "string" && name ? [[node.id, name]] : [];
    }),
  );
}
