import { StateBadge } from "../ui/badge";
import { Code } from "../ui/copy";
import { between, counted, span } from "../ui/format";
import { own } from "../ui/own";
import { Card } from "../ui/page";
import styles from "./outcome.module.css";
import { ErrorNote, partName } from "./outputs";
import type { NodeProgress, Progress } from "./progress";

interface NodeListProps {
  progress: Progress;
  names?: Readonly<Record<string, string>>;
  /** What was run, where the nodes of another run are beside them. */
  of?: string;
}

/** The nodes of a flow that have begun, each with its state and what it gave. A template has none to show. */
export function NodeList({ progress, names = {}, of }: NodeListProps) {
  const nodes = Object.entries(progress.nodes).filter(([id]) => id !== "template");
  if (nodes.length === 0) return null;
  return (
    <Card title="Nodes" label={partName("Nodes", of)} flush>
      <ul className={styles.nodes}>
        {nodes.map(([id, node]) => (
          <NodeItem key={id} name={node.nodeRun?.name || own(names, id) || id} node={node} />
        ))}
      </ul>
    </Card>
  );
}

function NodeItem({ name, node }: { name: string; node: NodeProgress }) {
  const { nodeRun, text, state } = node;
  const time = between(nodeRun?.startTime, nodeRun?.endTime);
  const tokens = Number(nodeRun?.usage?.inputTokens ?? 0) + Number(nodeRun?.usage?.outputTokens ?? 0);
  return (
    <li className={styles.node}>
      <div className={styles.nodeHead}>
        <strong>{name}</strong>
        {tokens > 0 && <span className={styles.meta}>{counted(tokens, "token")}</span>}
        {time !== undefined && <span className={styles.meta}>{span(time)}</span>}
        <StateBadge state={state} />
      </div>
      {text && (
        <details>
          <summary>Text</summary>
          <Code label={`text of ${name}`} text={text} />
        </details>
      )}
      {nodeRun?.error && <ErrorNote error={nodeRun.error} />}
    </li>
  );
}
