import { useParams } from "react-router";
import type { Run } from "../../api/client";
import type { Progress } from "../../runs/progress";
import { Async, Page } from "../../ui/page";
import { DeliveriesCard } from "../webhooks/deliveries-card";
import { FactsCard } from "./facts-card";
import { InputsCard } from "./inputs-card";
import { NodesCard } from "./nodes-card";
import { RatingCard } from "./rating-card";
import styles from "./run.module.css";
import { RunActions, RunSummary } from "./run-head";
import { RunResult } from "./run-result";
import { targetName } from "./target";
import { usePromptNames } from "./use-prompt-names";
import { useWatchedRun } from "./use-watched-run";

const CRUMBS: [string, string][] = [["Runs", "/runs"]];

export default function RunPage() {
  const { id = "" } = useParams();
  return <Watched key={id} id={id} />;
}

function Watched({ id }: { id: string }) {
  const { query, progress } = useWatchedRun(id);
  const { find } = usePromptNames();
  const run = query.data;
  const prompt = run && find(run.promptId);
  return (
    <Page
      title={run ? titleOf(run, prompt?.name) : "Run"}
      crumbs={CRUMBS}
      about={run && <RunSummary run={run} isFlow={prompt?.isFlow ?? isFlow(run)} />}
      actions={run && <RunActions run={run} />}
    >
      <Async query={query} what="Loading the run">
        {(shown) => <Parts run={shown} progress={progress} hasGraph={prompt?.isFlow ?? isFlow(shown)} />}
      </Async>
    </Page>
  );
}

function titleOf(run: Run, promptName: string | undefined): string {
  const name = targetName(run, promptName);
  return `Run of ${promptName ?? name.charAt(0).toLowerCase() + name.slice(1)}`;
}

/** Whether what ran has nodes of its own. */
function isFlow(run: Run): boolean {
  return run.nodeRuns.some((node) => node.nodeId !== "template");
}

function Parts({ run, progress, hasGraph }: { run: Run; progress: Progress; hasGraph: boolean }) {
  return (
    <div className={styles.columns}>
      <div className={styles.column}>
        <RunResult run={run} progress={progress} />
        <InputsCard inputs={run.inputs} />
        <NodesCard run={run} progress={progress} versionId={hasGraph ? run.versionId : ""} />
        {run.webhookUrl && <DeliveriesCard runId={run.id} />}
      </div>
      <div className={styles.column}>
        <RatingCard run={run} />
        <FactsCard run={run} />
      </div>
    </div>
  );
}
