import { ReactFlowProvider } from "@xyflow/react";
import { useMemo, useState } from "react";
import type { NodeRun } from "../../api/client";
import { Note } from "../../ui/notes";
import { Canvas } from "./canvas/canvas";
import type { Choose } from "./canvas/use-elements";
import styles from "./flow.module.css";
import { toGraph } from "./graph/document";
import { fromNodeRuns, statesOf } from "./graph/states";

interface RunGraphProps {
  /** The `graph` of the version or session that was run. */
  graph: Readonly<Record<string, unknown>>;
  nodeRuns: readonly NodeRun[];
  /** Whether nothing more is to come of the run. */
  isEnded?: boolean;
  /** Called with the node that is chosen; undefined when none is. */
  onChoose?: (nodeId: string | undefined) => void;
}

const NOTHING: ReadonlySet<string> = new Set();

/** The graph of a flow, coloured by what a run of it came to. Only to look at. */
export function RunGraph({ graph: document, nodeRuns, isEnded = true, onChoose }: RunGraphProps) {
  const graph = toGraph(document);
  const [chosen, setChosen] = useState(NOTHING);
  const states = useMemo(() => graph && statesOf(graph, fromNodeRuns(nodeRuns), isEnded), [graph, nodeRuns, isEnded]);
  if (!graph) return <Note kind="wait">This graph cannot be drawn.</Note>;
  const choose: Choose = (update) => {
    const ids = update(chosen);
    setChosen(ids);
    onChoose?.([...ids][0]);
  };
  return (
    <ReactFlowProvider>
      <div className={styles.runGraph}>
        <Canvas graph={graph} states={states} chosen={chosen} onChoose={choose} />
      </div>
    </ReactFlowProvider>
  );
}
