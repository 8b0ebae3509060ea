/** The graph of a flow as it is kept: a React Flow document. What the console does not know of it is let be. */

import { isObject, parseJson } from "../../../ui/json";

export type Json = Readonly<Record<string, unknown>>;

/** A document with lists of nodes and edges; all else in it may be anything. */
export interface Graph extends Json {
  readonly nodes: readonly unknown[];
  readonly edges: readonly unknown[];
}

export type Kind = "variable" | "action" | "image" | "output" | "other";

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A node that can be drawn: it has an id of its own. */
export interface GraphNode {
  /** Its place in the document's list. */
  readonly index: number;
  readonly id: string;
  readonly kind: Kind;
  readonly type: string;
  /** A variable's label, or else the name; may be empty. */
  readonly name: string;
  readonly data: Json;
  readonly position?: Place;
}

/** An edge that can be drawn: from a node that something can lead from to one that something can lead to. */
export interface GraphEdge {
  readonly index: number;
  readonly source: string;
  readonly target: string;
}

/** What can be drawn of a document. */
export interface Drawn {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly byId: ReadonlyMap<string, GraphNode>;
  /** For each node those that lead to it, in the order of the edges. */
  readonly sources: Links;
  /** For each node those that it leads to. */
  readonly targets: Links;
}

export type Links = ReadonlyMap<string, readonly string[]>;

interface KindFacts {
  readonly type: string;
  readonly word: string;
  /** What an edge into it, and out of it, is fastened to; undefined: no edge is. */
  readonly into?: string;
  readonly out?: string;
}

/** The kinds that run. */
export const KINDS: Readonly<Record<Exclude<Kind, "other">, KindFacts>> = {
  variable: { type: "variableNode", word: "Variable", out: "output" },
  action: { type: "actionNode", word: "Action", into: "variables", out: "output" },
  image: { type: "imageNode", word: "Image", into: "variables", out: "output" },
  output: { type: "outputNode", word: "Output", into: "input" },
};

const BY_TYPE = new Map(Object.entries(KINDS).map(([kind, { type }]) => [type, kind as keyof typeof KINDS]));

/** Give a value as a graph, if it has the lists that make it one. */
export function toGraph(value: unknown): Graph | undefined {
  const is = isObject(value) && Array.isArray(value.nodes) && Array.isArray(value.edges);
  return is ? (value as Graph) : undefined;
}

/** Give the graph that a JSON text holds. Throws an Error that says what is wrong with it. */
export function parseGraph(text: string): Graph {
  const { value, fault } = parseJson(text);
  if (fault !== undefined) throw new Error(`This is not JSON: ${fault}`);
  const graph = toGraph(value);
  if (!graph) throw new Error("A graph is an object with the lists `nodes` and `edges`, as React Flow writes it.");
  return graph;
}

// A document never changes, so what can be drawn of it is found once; so it is of what other documents share with it.
const known = new WeakMap<Graph, Drawn>();
const knownNodes = new WeakMap<Json, GraphNode>();
const knownEdges = new WeakMap<Json, GraphEdge>();

/** Give what of a document can be drawn. */
export function draw(graph: Graph): Drawn {
  const drawn = known.get(graph) ?? find(graph);
  known.set(graph, drawn);
  return drawn;
}

function find(graph: Graph): Drawn {
  const byId = new Map<string, GraphNode>();
  graph.nodes.forEach((raw, index) => {
    if (isObject(raw) && typeof raw.id === "string" && raw.id && !byId.has(raw.id)) {
      byId.set(raw.id, once(knownNodes, raw, toNode(raw, raw.id, index)));
    }
  });
  const edges = graph.edges.flatMap((raw, index) => {
    if (!isObject(raw)) return [];
    const source = byId.get(toText(raw.source));
    const target = byId.get(toText(raw.target));
    if (!source || !target || !canLeave(source) || !canEnter(target)) return [];
    return [once(knownEdges, raw, { index, source: source.id, target: target.id })];
  });
  return { nodes: [...byId.values()], edges, byId, sources: link(edges, "target"), targets: link(edges, "source") };
}

function once<T extends { index: number }>(before: WeakMap<Json, T>, raw: Json, made: T): T {
  const same = before.get(raw);
  if (same?.index === made.index) return same;
  before.set(raw, made);
  return made;
}

function link(edges: readonly GraphEdge[], end: "source" | "target"): Links {
  const links = new Map<string, string[]>();
  for (const edge of edges) {
    const others = links.get(edge[end]) ?? [];
    others.push(end === "target" ? edge.source : edge.target);
    links.set(edge[end], others);
  }
  return links;
}

function toNode(raw: Json, id: string, index: number): GraphNode {
  const type = toText(raw.type);
  const kind = BY_TYPE.get(type) ?? "other";
  const data = isObject(raw.data) ? raw.data : {};
  const named = kind === "variable" ? (isObject(data.variable) ? data.variable.label : "") : data.name;
  return { index, id, kind, type, name: toText(named), data, position: toPlace(raw.position) };
}

/** Whether an edge can lead from a node. */
export function canLeave({ kind }: GraphNode): boolean {
  return kind === "other" || KINDS[kind].out !== undefined;
}

/** Whether an edge can lead to a node. */
export function canEnter({ kind }: GraphNode): boolean {
  return kind === "other" || KINDS[kind].into !== undefined;
}

/** Give what to call a node. */
export function nameOf(node: GraphNode): string {
  return node.name || node.id;
}

/** Give what a node is, in a word. */
export function wordOf({ kind, type }: GraphNode): string {
  return kind === "other" ? type || "Node" : KINDS[kind].word;
}

/** Give the text that a value is; an empty one for anything else. */
export function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function toPlace(value: unknown): Place | undefined {
  if (!isObject(value)) return undefined;
  const { x, y } = value;
  return Number.isFinite(x) && Number.isFinite(y) ? { x: x as number, y: y as number } : undefined;
}
