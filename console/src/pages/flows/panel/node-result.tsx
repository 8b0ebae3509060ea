import type { NodeRun } from "../../../api/client";
import { Changes, ModelName } from "../../../runs/changes";
import { readMessage } from "../../../runs/message";
import { ErrorNote, Outputs } from "../../../runs/outputs";
import { Code } from "../../../ui/copy";
import { between, count, span } from "../../../ui/format";
import { Facts } from "../../../ui/page";
import { StateIcon } from "../canvas/node-icon";
import styles from "../flow.module.css";
import type { GraphNode } from "../graph/document";
import { STATE_WORDS } from "../graph/states";
import type { FlowRun } from "../run/use-flow-run";

/** What a node came to in the last run: its text as it comes, and in the end all that is on record. */
export function NodeResult({ node, flowRun }: { node: GraphNode; flowRun: FlowRun }) {
  const state = flowRun.states?.get(node.id);
  const { nodeRun, text } = flowRun.lookUp(node.id);
  if (!state) return null;
  const said = nodeRun?.text ?? text;
  return (
    <section className={styles.result} aria-label="In the last run">
      <h3>
        <StateIcon state={state} /> <span aria-hidden="true">{STATE_WORDS[state]}</span>
      </h3>
      {nodeRun?.error && <ErrorNote error={nodeRun.error} />}
      {said && <Code label="text" text={said} />}
      {nodeRun?.image && <Picture image={nodeRun.image} />}
      {nodeRun && <Figures nodeRun={nodeRun} />}
      {nodeRun && <Asked messages={nodeRun.messages} />}
    </section>
  );
}

function Picture({ image }: { image: NonNullable<NodeRun["image"]> }) {
  return <Outputs outputs={[{ name: "Image", nodeId: "", format: "TYPE_UNSPECIFIED", image }]} />;
}

function Figures({ nodeRun }: { nodeRun: NodeRun }) {
  const { model, usage, startTime, endTime, attempts, finishReason, adjustments } = nodeRun;
  const time = between(startTime, endTime);
  return (
    <>
      <Facts
        of={[
          ["Model", model && <ModelName key="model" of={nodeRun} />],
          ["Time", time === undefined ? undefined : span(time)],
          ["Tokens", usage && `${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out`],
          ["Images", usage && Number(usage.images) ? count(usage.images) : undefined],
          ["Asked", attempts > 1 ? `${attempts} times` : undefined],
          ["Stopped because", finishReason],
        ]}
      />
      <Changes adjustments={adjustments} />
    </>
  );
}

/** The prompt as the provider got it. */
function Asked({ messages }: { messages: readonly unknown[] }) {
  if (messages.length === 0) return null;
  return (
    <details className={styles.raw} open>
      <summary>What the model was asked</summary>
      {messages.map(readMessage).map(({ role, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages may be equal, and never change places
        <Code key={index} label={`message of ${role}`} text={text} />
      ))}
    </details>
  );
}
