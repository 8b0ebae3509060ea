import type { NodeRun, Output } from "../../api/client";
import { Changes, ModelName } from "../../runs/changes";
import { readMessage } from "../../runs/message";
import { ErrorNote, Outputs } from "../../runs/outputs";
import { Badge } from "../../ui/badge";
import { count } from "../../ui/format";
import { Facts } from "../../ui/page";
import { LongText } from "./inputs-card";
import styles from "./run.module.css";

interface NodeDetailsProps {
  nodeRun: NodeRun;
  /** What it gave so far, while it is under way. */
  text?: string;
}

/** What a node was given and what it gave. */
export function NodeDetails({ nodeRun, text }: NodeDetailsProps) {
  const { usage, error, image, nodeId } = nodeRun;
  // What a template gave, and why it failed, is told of the run already.
  const isWhole = nodeId === "template";
  const given = nodeRun.text ?? text;
  return (
    <div className={styles.node}>
      <Facts
        of={[
          ["Model", nodeRun.model && <ModelName key="model" of={nodeRun} />],
          ["Stopped because", nodeRun.finishReason],
          ["Tokens", usage && `${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out`],
          ["Images", Number(usage?.images) ? count(usage?.images ?? 0) : undefined],
          ["Attempts", nodeRun.attempts ? count(nodeRun.attempts) : undefined],
          ["Id", isWhole ? undefined : <code key="id">{nodeId}</code>],
        ]}
      />
      <Changes adjustments={nodeRun.adjustments} />
      {error && !isWhole && <ErrorNote error={error} />}
      <Messages messages={nodeRun.messages} />
      {given && !isWhole && (
        <div className={styles.part}>
          <h3>Text</h3>
          <LongText label={`text of ${nodeRun.name || nodeId}`} text={given} />
        </div>
      )}
      {image && !isWhole && <Outputs outputs={[asOutput(nodeRun, image)]} />}
    </div>
  );
}

function Messages({ messages }: { messages: readonly unknown[] }) {
  if (messages.length === 0) return null;
  return (
    <div className={styles.part}>
      <h3>Messages, as the provider got them</h3>
      <ol className={styles.messages}>
        {messages.map(readMessage).map(({ role, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
          <li key={index}>
            <Badge>{role}</Badge>
            <LongText label={`message of ${role}`} text={text} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function asOutput({ nodeId }: NodeRun, image: NonNullable<NodeRun["image"]>): Output {
  return { name: "Image", image, nodeId, format: "TYPE_UNSPECIFIED" };
}
