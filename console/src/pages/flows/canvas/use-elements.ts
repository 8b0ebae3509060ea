import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import { draw, type Graph, type Place } from "../graph/document";
import { moveNodes } from "../graph/edits";
import { placesOf } from "../graph/layout";
import type { Remark } from "../graph/places";
import { edgeState, type States } from "../graph/states";
import styles from "./canvas.module.css";
import { type CanvasEdge, type CanvasNode, type Size, toEdges, toFaces, toNodes } from "./elements";
import { fromCanvasId } from "./ids";

/** Changes the graph; steps of the same `mark` in a row are undone as one. */
export type Change = (edit: (graph: Graph) => Graph, mark?: string) => void;

/** Chooses other nodes than before. */
export type Choose = (update: (before: ReadonlySet<string>) => ReadonlySet<string>) => void;

export interface CanvasState {
  graph: Graph;
  states?: States;
  remarks?: readonly Remark[];
  chosen: ReadonlySet<string>;
  onChoose: Choose;
  /** Absent: the graph is only looked at. */
  change?: Change;
}

const NO_REMARKS: readonly Remark[] = [];

/** Give the nodes and edges to draw, and what takes their changes: where they lie, how big they are, which is chosen. */
export function useElements({ graph, states, remarks = NO_REMARKS, chosen, onChoose, change }: CanvasState) {
  const drawn = draw(graph);
  const [sizes, setSizes] = useState<ReadonlyMap<string, Size>>(new Map());
  const [moving, setMoving] = useState<ReadonlyMap<string, Place>>(new Map());
  const [chosenEdges, setChosenEdges] = useState<ReadonlySet<number>>(new Set());

  const faces = useMemo(() => toFaces(drawn, states, remarks), [drawn, states, remarks]);
  const places = useMemo(() => new Map([...placesOf(drawn), ...moving]), [drawn, moving]);
  const nodes = useMemo(() => toNodes(faces, { places, sizes, chosen }), [faces, places, sizes, chosen]);
  const edges = useMemo(() => {
    return toEdges(drawn, chosenEdges, (source, target) => {
      return styles[`${edgeState(states?.get(source), states?.get(target))}Edge`];
    });
  }, [drawn, chosenEdges, states]);

  const onNodesChange = useCallback(
    (changes: NodeChange<CanvasNode>[]) => {
      const measured = changes.flatMap((it) => (it.type === "dimensions" && it.dimensions ? [it] : []));
      if (measured.length) setSizes((known) => new Map([...known, ...measured.map(toSize)]));
      const selected = changes.filter((it) => it.type === "select");
      if (selected.length) onChoose((before) => choose(before, selected, fromCanvasId));
      const moved = changes.flatMap((it) => (it.type === "position" && it.position ? [it] : []));
      const now = new Map([
        ...moving,
        ...moved.map(({ id, position = ORIGIN }) => [fromCanvasId(id), position] as const),
      ]);
      if (moved.some((it) => it.dragging)) {
        setMoving(now);
      } else if (now.size) {
        // Arrow keys move by single steps, which are undone as one; what was dragged is a step of its own.
        change?.((before) => moveNodes(before, now), moving.size ? undefined : `move ${[...now.keys()].join()}`);
        setMoving(new Map());
      }
    },
    [onChoose, moving, change],
  );
  const onEdgesChange = useCallback((changes: EdgeChange<CanvasEdge>[]) => {
    const selected = changes.filter((it) => it.type === "select");
    if (selected.length) setChosenEdges((before) => choose(before, selected, toIndex));
  }, []);
  const forgetEdges = useCallback(() => setChosenEdges(new Set()), []);
  return { nodes, edges, onNodesChange, onEdgesChange, forgetEdges };
}

const ORIGIN: Place = { x: 0, y: 0 };

function toSize({ id, dimensions }: { id: string; dimensions?: Size }): readonly [string, Size] {
  return [fromCanvasId(id), dimensions ?? { width: 0, height: 0 }];
}

function toIndex(id: string): number {
  return Number(id.replace("edge-", ""));
}

function choose<T>(
  before: ReadonlySet<T>,
  changes: readonly { id: string; selected: boolean }[],
  toKey: (id: string) => T,
): ReadonlySet<T> {
  const after = new Set(before);
  for (const { id, selected } of changes) {
    if (selected) after.add(toKey(id));
    else after.delete(toKey(id));
  }
  return after;
}
