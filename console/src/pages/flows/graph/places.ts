/** What the server says of a graph, by the nodes that it is about. */

import type { Problem, Warning } from "../../../api/client";
import { stepsOf } from "../../../api/pointer";
import { isolate } from "../../../ui/isolate";
import { isObject } from "../../../ui/json";
import { draw, type Graph, type GraphNode, nameOf, toText } from "./document";

export interface Remark {
  readonly isFault: boolean;
  /** What it is about, in words; empty: the whole graph. */
  readonly about: string;
  readonly text: string;
  /** The node to look at: that of the place, or one that the edge there is fastened to. */
  readonly nodeId?: string;
  /** The member of the node, such as `data.prompt`; empty: the node, or an edge. */
  readonly member: string;
}

/** Give the faults of a refusal that lie in the graph that was sent. */
export function faultsOf(problem: Problem, graph: Graph): Remark[] {
  return (problem.errors ?? [])
    .filter(({ pointer }) => pointer && /^#?\/graph(\/|$)/.test(pointer))
    .map(({ pointer, detail }) => remark(graph, split(pointer ?? ""), detail, true));
}

/** Give the warnings about a graph that was kept. */
export function warningsOf(warnings: readonly Warning[], graph: Graph): Remark[] {
  return warnings.map(({ field, message }) => remark(graph, split(field), message, false));
}

/** Give the names on the way to a place: `#/graph/nodes/3/id` and `graph.nodes[3].id` alike. */
export function split(place: string): string[] {
  if (/^#?\//.test(place)) return stepsOf(place);
  return place.split(/\.|\[(\d+)\]\.?/).filter(Boolean);
}

function remark(graph: Graph, [, list, number, ...rest]: string[], text: string, isFault: boolean): Remark {
  const index = Number(number);
  if (list === "nodes" && number !== undefined) return aboutNode(graph, index, rest.join("."), { isFault, text });
  if (list === "edges" && number !== undefined) return aboutEdge(graph, index, rest.join("."), { isFault, text });
  return { isFault, text, about: list ?? "", member: "" };
}

type Said = Pick<Remark, "isFault" | "text">;

function aboutNode(graph: Graph, index: number, member: string, said: Said): Remark {
  const node = draw(graph).nodes.find((it) => it.index === index);
  const name = node ? isolate(nameOf(node)) : `node ${index + 1}`;
  const told = member.replace(/^data\./, "");
  return { ...said, about: told ? `${name}, ${told}` : name, nodeId: node?.id, member };
}

function aboutEdge(graph: Graph, index: number, member: string, said: Said): Remark {
  const { byId } = draw(graph);
  const raw = graph.edges[index];
  const ends = ["source", "target"].map((end) => (isObject(raw) ? byId.get(toText(raw[end])) : undefined));
  const names = ends.map((node: GraphNode | undefined) => (node ? isolate(nameOf(node)) : "nothing"));
  const about = `edge from ${names.join(" to ")}`;
  return { ...said, about: member ? `${about}, ${member}` : about, nodeId: (ends[0] ?? ends[1])?.id, member: "" };
}
