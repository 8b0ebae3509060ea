import type { Run, RunError } from "../../api/client";
import { ErrorNote, Outputs } from "../../runs/outputs";
import type { Progress } from "../../runs/progress";
import { isUnderWay } from "../../runs/under-way";
import { Code } from "../../ui/copy";
import { isolate } from "../../ui/isolate";
import { Loading, Note } from "../../ui/notes";
import { Card } from "../../ui/page";
import styles from "./run.module.css";
import { nodeName } from "./timeline";

interface RunResultProps {
  run: Run;
  progress: Progress;
}

/** What came out of a run, or comes out of it now. */
export function RunResult({ run, progress }: RunResultProps) {
  return (
    <>
      <p role="status" className="visually-hidden">
        {STATES[run.state]}
      </p>
      {run.error && <Failed run={run} error={run.error} />}
      {isUnderWay(run) ? <Coming run={run} progress={progress} /> : <Outputs outputs={run.outputs} />}
    </>
  );
}

const STATES: Record<string, string> = {
  STATE_QUEUED: "The run waits for a worker.",
  STATE_RUNNING: "The run is under way.",
  STATE_SUCCEEDED: "The run has succeeded.",
  STATE_FAILED: "The run has failed.",
  STATE_CANCELLED: "The run was cancelled.",
};

function Failed({ run, error }: { run: Run; error: RunError }) {
  const node = run.nodeRuns.find(({ nodeId }) => nodeId === error.nodeId && nodeId !== "template");
  const more = Object.entries(error.metadata).map(([name, value]) => `${isolate(name)}: ${isolate(value)}`);
  if (node) more.unshift(`node: ${nodeName(node)}`);
  return (
    <div className={styles.part}>
      <ErrorNote error={error} />
      {more.length > 0 && <p className={styles.soft}>{more.join(" · ")}</p>}
    </div>
  );
}

function Coming({ run, progress }: RunResultProps) {
  if (run.state === "STATE_QUEUED") {
    return <Note kind="wait">It is queued: a worker takes it as soon as one is free. This page shows what comes.</Note>;
  }
  const nodes = Object.entries(progress.nodes).filter(([, node]) => node.text);
  if (nodes.length === 0) return <Loading what={run.makesImage ? "Making the image" : "Waiting for the first text"} />;
  return nodes.map(([id, { text }]) => {
    const known = run.nodeRuns.find((node) => node.nodeId === id);
    return (
      <Card key={id} title={id === "template" ? "output" : known ? nodeName(known) : id}>
        <Code label="text so far" text={text} />
      </Card>
    );
  });
}
