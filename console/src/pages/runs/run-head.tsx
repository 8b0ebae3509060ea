import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleStop, Play } from "lucide-react";
import { Link } from "react-router";
import { api, type Run, take } from "../../api/client";
import { useCan } from "../../caller/caller";
import { againPath } from "../../runs/again";
import { isUnderWay } from "../../runs/under-way";
import { StateBadge } from "../../ui/badge";
import { Button, LinkButton } from "../../ui/button";
import { CopyButton } from "../../ui/copy";
import { between, span } from "../../ui/format";
import { Row } from "../../ui/page";
import { Time } from "../../ui/time";
import { useToast } from "../../ui/toast";
import styles from "./run.module.css";

/** The state of a run, what was run, when, and how long it took. */
export function RunSummary({ run, isFlow }: { run: Run; isFlow: boolean }) {
  const took = between(run.createTime, run.endTime);
  const canRead = useCan()("prompts:read");
  const prompt = `/${isFlow ? "flows" : "prompts"}/${run.promptId}`;
  const version = `Version ${run.versionNumber}`;
  return (
    <Row className={styles.summary}>
      <StateBadge state={run.state} />
      {run.promptId && canRead && <Link to={prompt}>{isFlow ? "Flow" : "Prompt"}</Link>}
      {run.versionId && (canRead ? <Link to={`${prompt}?version=${run.versionId}`}>{version}</Link> : version)}
      {run.sessionId && (canRead ? <Link to={`/sessions/${run.sessionId}`}>Session</Link> : "Session")}
      <span>
        <Time at={run.createTime} />
      </span>
      {took !== undefined && <span>took {span(took)}</span>}
    </Row>
  );
}

export function RunActions({ run, isFlow }: { run: Run; isFlow: boolean }) {
  return (
    <>
      {isUnderWay(run) && <CancelButton id={run.id} />}
      {run.versionId && (
        <LinkButton to={againPath(run, isFlow)} title="With its version, and its inputs where they were kept">
          <Play size={15} aria-hidden="true" />
          Run again
        </LinkButton>
      )}
      <CopyButton label="Copy id" text={run.id} />
      <CopyButton label="Copy as JSON" text={JSON.stringify(run, null, 2)} />
    </>
  );
}

function CancelButton({ id }: { id: string }) {
  const can = useCan()("runs:write");
  const queries = useQueryClient();
  const tell = useToast();
  const cancelling = useMutation({
    mutationFn: () => take(api.POST("/api/runs/{id}/cancel", { params: { path: { id } } })),
    // It may have ended meanwhile.
    onError: (error) => tell(error.message),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ["run", id] });
      await queries.invalidateQueries({ queryKey: ["runs"] });
    },
  });
  return (
    <Button
      kind="danger"
      busy={cancelling.isPending}
      disabled={!can}
      title={can ? undefined : "Your key lacks the scope runs:write."}
      onClick={() => cancelling.mutate()}
    >
      {!cancelling.isPending && <CircleStop size={15} aria-hidden="true" />}
      Cancel
    </Button>
  );
}
