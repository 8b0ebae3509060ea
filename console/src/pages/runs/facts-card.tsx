import type { ReactNode } from "react";
import type { Run } from "../../api/client";
import { KeyName } from "../../caller/key-name";
import { between, count, exact, span } from "../../ui/format";
import { Card, Facts } from "../../ui/page";

/** Who made a run and when, what it used, and what its caller gave to find it by. */
export function FactsCard({ run }: { run: Run }) {
  const metadata = Object.entries(run.metadata).sort(([one], [other]) => one.localeCompare(other));
  const queued = between(run.createTime, run.startTime);
  return (
    <>
      <Card title="Facts">
        <Facts
          of={[
            ["Tokens in", run.usage && count(run.usage.inputTokens)],
            ["Tokens out", run.usage && count(run.usage.outputTokens)],
            ["Images", Number(run.usage?.images) ? count(run.usage?.images ?? 0) : undefined],
            ["Created", moment(run.createTime)],
            ["Waited", queued ? span(queued) : undefined],
            ["Ended", moment(run.endTime)],
            ["Attempt", run.attempt > 1 ? `${run.attempt}: other servers took it over` : undefined],
            ["End user", run.endUserId],
            ["Key", <KeyName key="key" id={run.keyId} />],
            ["Run", code(run.id)],
            ["Prompt", code(run.promptId)],
            ["Version", code(run.versionId)],
            ["Session", code(run.sessionId)],
            ["Webhook", code(run.webhookUrl)],
          ]}
        />
      </Card>
      {metadata.length > 0 && (
        <Card title="Metadata">
          <Facts of={metadata} />
        </Card>
      )}
    </>
  );
}

function code(text: string): ReactNode {
  return text && <code>{text}</code>;
}

function moment(at?: string): ReactNode {
  return at && <time dateTime={at}>{exact(at)}</time>;
}
