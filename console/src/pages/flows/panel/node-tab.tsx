import { ArrowLeft } from "lucide-react";
import { Button } from "../../../ui/button";
import { counted } from "../../../ui/format";
import ui from "../../../ui/ui.module.css";
import { KindIcon, RemarkIcon, StateIcon } from "../canvas/node-icon";
import type { Change } from "../canvas/use-elements";
import styles from "../flow.module.css";
import { draw, type Graph, type GraphNode, nameOf, wordOf } from "../graph/document";
import { removeParts } from "../graph/edits";
import type { Remark } from "../graph/places";
import type { FlowRun } from "../run/use-flow-run";
import { NodePanel } from "./node-panel";

interface NodeTabProps {
  graph: Graph;
  chosen: readonly GraphNode[];
  onChoose: (ids: readonly string[]) => void;
  remarks: readonly Remark[];
  change?: Change;
  flowRun: FlowRun;
}

/** The chosen node, or all nodes to choose one from. */
export function NodeTab({ graph, chosen, onChoose, remarks, change, flowRun }: NodeTabProps) {
  const [node, ...others] = chosen;
  if (!node) return <NodeList graph={graph} onChoose={onChoose} remarks={remarks} flowRun={flowRun} />;
  const ids = new Set(chosen.map((it) => it.id));
  const remove = () => {
    change?.((before) => removeParts(before, ids, new Set()));
    onChoose([]);
  };
  return (
    <>
      <div>
        <Button small kind="quiet" className={styles.back} onClick={() => onChoose([])}>
          <ArrowLeft size={14} aria-hidden="true" />
          All nodes
        </Button>
      </div>
      {others.length ? (
        <>
          <p>{counted(chosen.length, "node")} are chosen.</p>
          {change && (
            <div>
              <Button onClick={remove}>Delete them</Button>
            </div>
          )}
        </>
      ) : (
        <NodePanel
          key={node.id}
          graph={graph}
          node={node}
          remarks={remarks.filter((remark) => remark.nodeId === node.id)}
          change={change}
          onRemove={remove}
          onChoose={(id) => onChoose([id])}
          flowRun={flowRun}
        />
      )}
    </>
  );
}

function NodeList({ graph, onChoose, remarks, flowRun }: Omit<NodeTabProps, "chosen" | "change">) {
  const { nodes } = draw(graph);
  if (nodes.length === 0) return <p>The graph has no nodes.</p>;
  return (
    <ul className={styles.nodes}>
      {nodes.map((node) => {
        const own = remarks.filter((remark) => remark.nodeId === node.id);
        const state = flowRun.states?.get(node.id);
        return (
          <li key={node.id}>
            <button type="button" className={styles.nodeButton} onClick={() => onChoose([node.id])}>
              <KindIcon kind={node.kind} />
              <span className={styles.nodeName}>{nameOf(node)}</span>
              {own.length > 0 && <RemarkIcon isFault={own.some((remark) => remark.isFault)} />}
              {state ? <StateIcon state={state} /> : <span className={ui.hint}>{wordOf(node)}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
