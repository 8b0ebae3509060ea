import { useReactFlow } from "@xyflow/react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Outcome } from "../../runs/outcome";
import { Tabs } from "../../ui/tabs";
import { Canvas } from "./canvas/canvas";
import { toCanvasId } from "./canvas/ids";
import type { Change, Choose } from "./canvas/use-elements";
import styles from "./flow.module.css";
import { draw, type Graph, nameOf } from "./graph/document";
import type { Remark } from "./graph/places";
import { NodeTab } from "./panel/node-tab";
import { Remarks } from "./remarks";
import type { FlowRun } from "./run/use-flow-run";

type Side = "node" | "run";
const SIDES = [
  ["node", "Nodes"],
  ["run", "Run"],
] as const;

interface WorkspaceProps {
  graph: Graph;
  flowRun: FlowRun;
  runPanel: ReactNode;
  /** The side that is shown at first. */
  first: Side;
  remarks?: readonly Remark[];
  /** Absent: the graph is only looked at. */
  change?: Change;
  /** What is above the canvas; gets how to show a node. */
  toolbar?: (show: (nodeId: string) => void) => ReactNode;
}

/** A graph with what is said of it, a panel for its nodes, and what runs of it give. */
export function Workspace({ graph, flowRun, runPanel, first, remarks, change, toolbar }: WorkspaceProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [side, setSide] = useState<Side>(first);
  const { fitView } = useReactFlow();
  const board = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown anew is read from its beginning
  useEffect(() => {
    panel.current?.scrollTo(0, 0);
  }, [chosen, side]);
  const { nodes } = draw(graph);

  const choose: Choose = (update) => {
    setChosen(update);
    setSide("node");
  };
  const show = (id: string) => {
    choose(() => new Set([id]));
    board.current?.scrollIntoView({ block: "nearest" });
    // A new node is there after the next frame.
    requestAnimationFrame(() => {
      const node = board.current?.querySelector<HTMLElement>(`[data-id="${toCanvasId(id)}"]`);
      node?.focus({ preventScroll: true });
      if (!isSeen(node, board.current)) fitView({ nodes: [{ id: toCanvasId(id) }], maxZoom: 1, padding: 0.3 });
    });
  };
  return (
    <>
      {remarks && <Remarks remarks={remarks} onShow={show} />}
      <div className={styles.workspace}>
        <div className={styles.board} ref={board}>
          {toolbar?.(show)}
          <div className={styles.stage}>
            <Canvas
              graph={graph}
              states={flowRun.states}
              remarks={remarks}
              chosen={chosen}
              onChoose={choose}
              change={change}
            />
          </div>
        </div>
        <div className={styles.side} ref={panel}>
          <Tabs label="Panel" tabs={SIDES} chosen={side} onChoose={setSide}>
            {side === "run" ? (
              runPanel
            ) : (
              <NodeTab
                graph={graph}
                chosen={nodes.filter((node) => chosen.has(node.id))}
                onChoose={(ids) => setChosen(new Set(ids))}
                remarks={remarks ?? []}
                change={change}
                flowRun={flowRun}
              />
            )}
          </Tabs>
        </div>
      </div>
      <Outcome running={flowRun.running} names={Object.fromEntries(nodes.map((node) => [node.id, nameOf(node)]))} />
    </>
  );
}

function isSeen(node: Element | null | undefined, board: Element | null): boolean {
  if (!node || !board) return false;
  const [inner, outer] = [node.getBoundingClientRect(), board.getBoundingClientRect()];
  const isBeside = inner.left < outer.left || inner.right > outer.right;
  return !isBeside && inner.top >= outer.top && inner.bottom <= outer.bottom;
}
