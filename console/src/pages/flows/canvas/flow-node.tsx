import { Handle, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import { classes } from "../../../ui/classes";
import { isObject } from "../../../ui/json";
import { canEnter, canLeave, type GraphNode, nameOf, toText, wordOf } from "../graph/document";
import { storedValue } from "../graph/names";
import type { CanvasNode } from "./elements";
import styles from "./node.module.css";
import { KindIcon, RemarkIcon, StateIcon } from "./node-icon";

/** A node on the canvas: what it is, where it is in a run, and what is wrong with it. */
export const FlowNode = memo(function FlowNode({ data, selected }: NodeProps<CanvasNode>) {
  const { node, state, remarks } = data;
  const isFault = remarks.some((remark) => remark.isFault);
  return (
    <div className={classes(styles.node, selected && styles.chosen, state && styles[state], isFault && styles.fault)}>
      {canEnter(node) && <Handle type="target" position={Position.Left} className={styles.handle} />}
      <div className={styles.head}>
        <KindIcon kind={node.kind} />
        <strong>{nameOf(node)}</strong>
        {remarks.length > 0 && <RemarkIcon isFault={isFault} />}
        {state && <StateIcon state={state} />}
      </div>
      <Body node={node} />
      {canLeave(node) && <Handle type="source" position={Position.Right} className={styles.handle} />}
    </div>
  );
});

function Body({ node }: { node: GraphNode }) {
  const { data, kind } = node;
  if (kind === "variable") return <p className={styles.text}>{storedValue(node) || <i>No value: it is required</i>}</p>;
  if (kind === "output") return null;
  if (kind === "other") return <p className={styles.text}>{wordOf(node)}: does not run</p>;
  const promptId = toText(data.promptId);
  const model = isObject(data.modelParams) ? toText(data.modelParams.model) : "";
  return (
    <>
      <p className={styles.text}>{promptId ? <>Prompt {promptId}</> : toText(data.prompt) || <i>No prompt</i>}</p>
      <p className={styles.model}>{model || "Default model"}</p>
    </>
  );
}
