/** What React Flow draws of a graph. */

import type { Edge, Node } from "@xyflow/react";
import { isObject } from "../../../ui/json";
import { type Drawn, type GraphEdge, type GraphNode, nameOf, type Place, wordOf } from "../graph/document";
import type { Remark } from "../graph/places";
import { type NodeState, STATE_WORDS, type States } from "../graph/states";
import { toCanvasId } from "./ids";

/** What a node shows. */
interface Face extends Record<string, unknown> {
  node: GraphNode;
  state?: NodeState;
  remarks: readonly Remark[];
}

export type CanvasNode = Node<Face, "flow">;
export type CanvasEdge = Edge<{ index: number }>;
export type Size = Readonly<{ width: number; height: number }>;

const NONE: readonly Remark[] = [];

// Only what says something new is drawn anew: a graph may have a thousand nodes.
const faces = new WeakMap<GraphNode, Face>();
const nodes = new WeakMap<GraphNode, CanvasNode>();
const lines = new WeakMap<GraphEdge, CanvasEdge>();

/** Give what was made before for a key if it says the same, or else what is made now. */
function same<K extends object, V extends object>(before: WeakMap<K, V>, key: K, made: V): V {
  const old = before.get(key);
  if (old && isAlike(old, made, 2)) return old;
  before.set(key, made);
  return made;
}

function isAlike(one: unknown, other: unknown, depth: number): boolean {
  if (one === other) return true;
  if (depth === 0 || !isObject(one) || !isObject(other)) return false;
  const names = Object.keys(other);
  return names.length === Object.keys(one).length && names.every((name) => isAlike(one[name], other[name], depth - 1));
}

/** Give what each node shows, by its id. */
export function toFaces(drawn: Drawn, states: States | undefined, remarks: readonly Remark[]): Map<string, Face> {
  const byNode = new Map<string, Remark[]>();
  for (const remark of remarks) {
    if (remark.nodeId !== undefined) byNode.set(remark.nodeId, [...(byNode.get(remark.nodeId) ?? []), remark]);
  }
  return new Map(
    drawn.nodes.map((node) => {
      const face = { node, state: states?.get(node.id), remarks: byNode.get(node.id) ?? NONE };
      return [node.id, same(faces, node, face)];
    }),
  );
}

interface Lying {
  places: ReadonlyMap<string, Place>;
  sizes: ReadonlyMap<string, Size>;
  chosen: ReadonlySet<string>;
}

export function toNodes(shown: ReadonlyMap<string, Face>, { places, sizes, chosen }: Lying): CanvasNode[] {
  return [...shown].map(([id, face]) =>
    same(nodes, face.node, {
      id: toCanvasId(id),
      type: "flow",
      data: face,
      position: places.get(id) ?? { x: 0, y: 0 },
      measured: sizes.get(id),
      selected: chosen.has(id),
      ariaLabel: describe(face),
    }),
  );
}

function describe({ node, state, remarks }: Face): string {
  const faults = remarks.length && (remarks.length === 1 ? "1 remark" : `${remarks.length} remarks`);
  return [`${wordOf(node)} ${nameOf(node)}`, state && STATE_WORDS[state], faults].filter(Boolean).join(", ");
}

/** Give the edges; `toClass` gives the class of one by its ends. */
export function toEdges(
  { edges, byId }: Drawn,
  chosen: ReadonlySet<number>,
  toClass: (source: string, target: string) => string | undefined,
): CanvasEdge[] {
  const name = (id: string) => {
    const node = byId.get(id);
    return node ? nameOf(node) : id;
  };
  return edges.map((edge) => {
    const { index, source, target } = edge;
    return same(lines, edge, {
      id: `edge-${index}`,
      source: toCanvasId(source),
      target: toCanvasId(target),
      data: { index },
      selected: chosen.has(index),
      className: toClass(source, target),
      ariaLabel: `Edge from ${name(source)} to ${name(target)}`,
    });
  });
}
