import { Trash2 } from "lucide-react";
import { IconButton } from "../../../ui/button";
import { Code } from "../../../ui/copy";
import { Note } from "../../../ui/notes";
import ui from "../../../ui/ui.module.css";
import { KindIcon } from "../canvas/node-icon";
import type { Change } from "../canvas/use-elements";
import styles from "../flow.module.css";
import { type Graph, type GraphNode, nameOf, wordOf } from "../graph/document";
import type { Remark } from "../graph/places";
import type { FlowRun } from "../run/use-flow-run";
import { Connections } from "./connections";
import { NodeFacts } from "./node-facts";
import { NodeForm } from "./node-form";
import { NodeResult } from "./node-result";

const AT_FIELDS = new Set(
  ["variable.label", "name", "prompt", "promptId", "promptLabel", "modelParams.model"].map((name) => `data.${name}`),
);

interface NodePanelProps {
  graph: Graph;
  node: GraphNode;
  remarks: readonly Remark[];
  change?: Change;
  onRemove: () => void;
  onChoose: (id: string) => void;
  flowRun: FlowRun;
}

/** A node: what it came to in the last run, what it says, and what it is connected to. */
export function NodePanel({ graph, node, remarks, change, onRemove, onChoose, flowRun }: NodePanelProps) {
  // Forms tell of their fields themselves.
  const told = remarks.filter(({ member }) => !(change && AT_FIELDS.has(member)));
  return (
    <>
      <div className={styles.panelHead}>
        <KindIcon kind={node.kind} size={16} />
        <div>
          <h2>{nameOf(node)}</h2>
          <p className={ui.hint}>{wordOf(node)}</p>
        </div>
        {change && (
          <IconButton label={`Delete ${nameOf(node)}`} kind="quiet" small onClick={onRemove}>
            <Trash2 size={15} />
          </IconButton>
        )}
      </div>
      {told.length > 0 && (
        <Note kind={told.some((remark) => remark.isFault) ? "bad" : "wait"}>
          {told.map((remark, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: several may say the same, and they come all at once
            <p key={index}>
              {remark.member ? `${remark.member} ` : ""}
              {remark.text}
            </p>
          ))}
        </Note>
      )}
      <NodeResult node={node} flowRun={flowRun} />
      {change ? <NodeForm graph={graph} node={node} remarks={remarks} change={change} /> : <NodeFacts node={node} />}
      <Connections graph={graph} node={node} change={change} onChoose={onChoose} />
      <details className={styles.raw}>
        <summary>JSON of this node</summary>
        <Code label="JSON of this node" text={JSON.stringify(graph.nodes[node.index], null, 2)} />
      </details>
    </>
  );
}
