/** Changes of a graph. Each gives a new document, in which all that it does not name is as it was. */

import { isObject } from "../../../ui/json";
import { canEnter, canLeave, draw, type Graph, type GraphNode, type Json, KINDS, type Place, toText } from "./document";
import { walk } from "./names";

export type NewKind = keyof typeof KINDS;
export type Places = ReadonlyMap<string, Place>;

const MOST_ID = 240;

const DATA: Readonly<Record<NewKind, (name: string) => Json>> = {
  variable: (label) => ({ variable: { label, value: "" } }),
  action: (name) => ({ name, prompt: "", modelParams: {}, output: "" }),
  image: (name) => ({ name, prompt: "", modelParams: {}, output: "" }),
  output: (name) => ({ name, output: {} }),
};

/** Add a node of a kind, and give its id as well. */
export function addNode(graph: Graph, kind: NewKind, position: Place): { graph: Graph; id: string } {
  const { byId, nodes } = draw(graph);
  const names = new Set(nodes.map((node) => node.name));
  let number = 1;
  while (byId.has(`${kind}-${number}`) || names.has(`${kind}_${number}`)) number++;
  const id = `${kind}-${number}`;
  const node = { id, type: KINDS[kind].type, position, data: DATA[kind](`${kind}_${number}`) };
  return { graph: { ...graph, nodes: [...graph.nodes, node] }, id };
}

/** Set a member of a node, however deep; undefined takes it away. */
export function setMember(graph: Graph, index: number, path: readonly string[], value: unknown): Graph {
  return { ...graph, nodes: graph.nodes.map((node, at) => (at === index ? put(node, path, value) : node)) };
}

function put(holder: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const { [name]: before, ...others } = isObject(holder) ? holder : {};
  const after = put(before, rest, value);
  if (after === undefined) return others;
  // A member that was there keeps its place.
  return before === undefined ? { ...others, [name]: after } : { ...(holder as Json), [name]: after };
}

/** Put nodes elsewhere. */
export function moveNodes(graph: Graph, places: Places): Graph {
  const moved = draw(graph).nodes.filter(({ id, position }) => {
    const place = places.get(id);
    return place && (place.x !== position?.x || place.y !== position?.y);
  });
  return moved.reduce((left, { index, id }) => {
    const before = (graph.nodes[index] as Json).position;
    return setMember(left, index, ["position"], { ...(isObject(before) ? before : {}), ...places.get(id) });
  }, graph);
}

/** Take away nodes with all edges that name them, and edges by their indices. */
export function removeParts(graph: Graph, nodeIds: ReadonlySet<string>, edges: ReadonlySet<number>): Graph {
  const { byId } = draw(graph);
  const indices = new Set([...nodeIds].map((id) => byId.get(id)?.index));
  const names = (raw: unknown, end: string) => isObject(raw) && nodeIds.has(toText(raw[end]));
  return {
    ...graph,
    nodes: graph.nodes.filter((_, index) => !indices.has(index)),
    edges: graph.edges.filter((raw, index) => !edges.has(index) && !names(raw, "source") && !names(raw, "target")),
  };
}

/** Give the nodes that an edge may lead to from a node: to each once, and never around in a circle. */
export function listTargets(graph: Graph, id: string): GraphNode[] {
  const { byId, nodes, sources, targets } = draw(graph);
  const node = byId.get(id);
  const no = new Set([id, ...(targets.get(id) ?? []), ...walk(sources, [id])]);
  return node && canLeave(node) ? nodes.filter((other) => canEnter(other) && !no.has(other.id)) : [];
}

/** Give the nodes that an edge may lead from to a node. */
export function listSources(graph: Graph, id: string): GraphNode[] {
  const { byId, nodes, sources, targets } = draw(graph);
  const node = byId.get(id);
  const no = new Set([id, ...(sources.get(id) ?? []), ...walk(targets, [id])]);
  return node && canEnter(node) ? nodes.filter((other) => canLeave(other) && !no.has(other.id)) : [];
}

/** Lead an edge from a node to another. */
export function connect(graph: Graph, source: string, target: string): Graph {
  const { byId } = draw(graph);
  const [from, to] = [byId.get(source), byId.get(target)];
  if (!from || !to) return graph;
  const taken = new Set(graph.edges.map((edge) => (isObject(edge) ? edge.id : undefined)));
  const wanted = source.length + target.length < MOST_ID ? `${source}-${target}` : "edge";
  let id = wanted;
  for (let number = 2; taken.has(id); number++) id = `${wanted}-${number}`;
  const edge = { id, source, ...handle("sourceHandle", from, "out"), target, ...handle("targetHandle", to, "into") };
  return { ...graph, edges: [...graph.edges, edge] };
}

function handle(member: string, { kind }: GraphNode, end: "out" | "into"): Json {
  return kind === "other" ? {} : { [member]: KINDS[kind][end] };
}
