/** Short ways to graphs for tests. */

import type { Graph } from "./document";

export const variable = (id: string, value: unknown = "") => ({
  id,
  type: "variableNode",
  data: { variable: { label: id, value } },
});
export const action = (id: string, prompt = "") => ({ id, type: "actionNode", data: { name: id, prompt } });
export const output = (id: string) => ({ id, type: "outputNode", data: { name: id } });
export const other = (id: string) => ({ id, type: "codeNode", data: { code: "1" } });

/** Give a graph of nodes with edges such as `a>b`. */
export function graphOf(nodes: readonly unknown[], ...edges: string[]): Graph {
  const ends = edges.map((edge) => edge.split(">"));
  return { nodes, edges: ends.map(([source, target]) => ({ source, target })) };
}
