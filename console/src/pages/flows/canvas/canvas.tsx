import "@xyflow/react/dist/style.css";
import { Background, type Connection, Controls, type Edge, MiniMap, type OnDelete, ReactFlow } from "@xyflow/react";
import { useCallback } from "react";
import { connect, listTargets, removeParts } from "../graph/edits";
import styles from "./canvas.module.css";
import { useColorMode } from "./color-mode";
import type { CanvasEdge, CanvasNode } from "./elements";
import { FlowNode } from "./flow-node";
import { fromCanvasId } from "./ids";
import { type CanvasState, useElements } from "./use-elements";

const TYPES = { flow: FlowNode };
const FIT = { padding: 0.1, maxZoom: 1 };
const MAP = { width: 150, height: 96 };
const DELETE_KEYS = ["Delete", "Backspace"];

/** The graph of a flow, to look at or to edit. Needs a ReactFlowProvider around it, and a height. */
export function Canvas(state: CanvasState) {
  const { graph, change } = state;
  const { forgetEdges, ...elements } = useElements(state);
  const onDelete: OnDelete<CanvasNode, CanvasEdge> = useCallback(
    ({ nodes, edges }) => {
      const ids = new Set(nodes.map((node) => fromCanvasId(node.id)));
      const indices = new Set(edges.flatMap((edge) => (edge.data ? [edge.data.index] : [])));
      change?.((before) => removeParts(before, ids, indices));
      forgetEdges();
    },
    [change, forgetEdges],
  );
  const onConnect = useCallback(
    ({ source, target }: Connection) => {
      change?.((before) => connect(before, fromCanvasId(source), fromCanvasId(target)));
    },
    [change],
  );
  const isValidConnection = useCallback(
    ({ source, target }: Connection | Edge) => {
      return listTargets(graph, fromCanvasId(source)).some((node) => node.id === fromCanvasId(target));
    },
    [graph],
  );
  return (
    <ReactFlow
      {...elements}
      className={styles.canvas}
      aria-label="Graph"
      nodeTypes={TYPES}
      colorMode={useColorMode()}
      fitView
      fitViewOptions={FIT}
      minZoom={0.1}
      // The page is scrolled over the canvas, too; it is zoomed by pinching, with Ctrl, and by its buttons.
      zoomOnScroll={false}
      preventScrolling={false}
      zoomOnDoubleClick={false}
      nodesDraggable={change !== undefined}
      nodesConnectable={change !== undefined}
      edgesFocusable={change !== undefined}
      deleteKeyCode={change ? DELETE_KEYS : null}
      onDelete={onDelete}
      onConnect={onConnect}
      isValidConnection={isValidConnection}
    >
      <Background gap={20} />
      <Controls showInteractive={false} fitViewOptions={FIT} />
      <MiniMap pannable style={MAP} ariaLabel="Map of the graph" />
    </ReactFlow>
  );
}
