import { useParams } from "react-router";
import type { Run } from "../../api/client";
import type { Listed } from "../../api/prompts";
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
  const hasGraph = run !== undefined && isFlow(run, prompt);
  return (
    <Page
      title={run ? titleOf(run, prompt?.name) : "Run"}
      crumbs={CRUMBS}
      about={run && <RunSummary run={run} isFlow={hasGraph} />}
      actions={run && <RunActions run={run} isFlow={hasGraph} />}
    >
      <Async query={query} what="Loading the run">
        {(shown) => <Parts run={shown} progress={progress} hasGraph={hasGraph} />}
      </Async>
    </Page>
  );
}

function titleOf(run: Run, promptName: string | undefined): string {
  const name = targetName(run, promptName);
  return `Run of ${promptName ? name : name.charAt(0).toLowerCase() + name.slice(1)}`;
}

/** Whether what ran has nodes of its own; before the first one is known, whether its prompt's latest version has. */
function isFlow({ nodeRuns }: Run, prompt: Listed | undefined): boolean {
  if (nodeRuns.length === 0) return prompt?.isFlow ?? false;
  return nodeRuns.some((node) => node.nodeId !== "template");
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
