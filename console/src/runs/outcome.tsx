import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Run } from "../api/client";
import { StateBadge } from "../ui/badge";
import { Code } from "../ui/copy";
import { between, count, span } from "../ui/format";
import { Loading, ProblemNote } from "../ui/notes";
import { Card } from "../ui/page";
import { Changes, ModelName } from "./changes";
import { NodeList } from "./node-list";
import styles from "./outcome.module.css";
import { ErrorNote, Outputs, partName } from "./outputs";
import type { Progress } from "./progress";
import { useFirstText } from "./use-first-text";
import type { useRun } from "./use-run";

interface OutcomeProps {
  running: ReturnType<typeof useRun>;
  /** What is run, where another outcome is beside it. */
  of?: string;
  /** What to call nodes that have not ended yet, by id. */
  names?: Readonly<Record<string, string>>;
}

/** What a run gives as it goes on, and in the end: text, outputs, how long it took and what it used. */
export function Outcome({ running, of, names }: OutcomeProps) {
  const { progress, isRunning, error } = running;
  const { run } = progress;
  const firstText = useFirstText(running);
  const state = isRunning ? "STATE_RUNNING" : run?.state;
  return (
    <section className={styles.outcome} aria-label={partName("Outcome", of)}>
      <p role="status" className="visually-hidden">
        {error ? "" : state && SAID[state]}
      </p>
      {!run && !isRunning && !error && <p className={styles.idle}>What comes out of a run is shown here.</p>}
      {state && (
        <div className={styles.head}>
          <StateBadge state={state} />
          {run && Number(run.versionNumber) > 0 && <span className={styles.version}>Version {run.versionNumber}</span>}
          {run && <Link to={`/runs/${run.id}`}>Show the run</Link>}
        </div>
      )}
      {error && <ProblemNote error={error} />}
      {run?.error && <ErrorNote error={run.error} />}
      {run && progress.isEnded && <Outputs outputs={run.outputs} of={of} />}
      <Streamed progress={progress} isRunning={isRunning} of={of} />
      <NodeList progress={progress} names={names} of={of} />
      {run && progress.isEnded && <Figures run={run} firstText={firstText} />}
    </section>
  );
}

const SAID: Record<string, string> = {
  STATE_RUNNING: "The run is under way.",
  STATE_SUCCEEDED: "The run has succeeded.",
  STATE_FAILED: "The run has failed.",
  STATE_CANCELLED: "The run was cancelled.",
};

/** The text of a template, until the run has an output in its place. */
function Streamed({ progress, isRunning, of }: { progress: Progress; isRunning: boolean; of?: string }) {
  const { run, nodes, isEnded } = progress;
  const text = nodes.template?.text;
  if (isEnded && run?.outputs.length) return null;
  if (text) {
    const title = isRunning ? "output" : "Text so far";
    return (
      <Card title={title} label={partName(title, of)}>
        <Code label="text" text={text} />
      </Card>
    );
  }
  // The nodes of a flow show by themselves that something goes on.
  if (!isRunning || Object.keys(nodes).some((id) => id !== "template")) return null;
  return <Loading what={run?.makesImage ? "Making the image" : "Waiting for the first text"} />;
}

function Figures({ run, firstText }: { run: Run; firstText?: number }) {
  const time = between(run.createTime, run.endTime);
  const [only, ...others] = run.nodeRuns;
  const node = others.length ? undefined : only;
  const facts: [string, ReactNode][] = [
    ["Time in all", time === undefined ? undefined : span(time)],
    ["To the first text", firstText === undefined ? undefined : span(firstText)],
    ["Tokens", run.usage && `${count(run.usage.inputTokens)} in, ${count(run.usage.outputTokens)} out`],
    ["Images", run.usage && Number(run.usage.images) ? count(run.usage.images) : undefined],
    ["Stopped because", node?.finishReason],
    ["Model", node?.model && <ModelName key="model" of={node} />],
  ];
  return (
    <>
      <dl className={styles.figures}>
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {node && <Changes adjustments={node.adjustments} />}
    </>
  );
}
