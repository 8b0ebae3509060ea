import { memo, useState } from "react";
import { Link } from "react-router";
import type { Run } from "../../api/client";
import { StateBadge } from "../../ui/badge";
import { classes } from "../../ui/classes";
import { between, compact, count, counted, span } from "../../ui/format";
import { TableHead } from "../../ui/table-head";
import { Time } from "../../ui/time";
import ui from "../../ui/ui.module.css";
import { preview } from "./preview";
import styles from "./runs.module.css";
import { Stars } from "./stars";
import { targetName } from "./target";
import { usePromptNames } from "./use-prompt-names";

/** Runs, the newest first. Each row leads to its run. */
export function RunsTable({ runs }: { runs: readonly Run[] }) {
  const { find } = usePromptNames();
  const [opened] = useState(Date.now);
  return (
    <table className={classes(ui.table, styles.runs)}>
      <TableHead
        of={[
          ["State", styles.state],
          ["Run", styles.what],
          ["Model", styles.wide],
          ["Tokens", classes(ui.number, styles.medium)],
          ["Duration", classes(ui.number, styles.medium)],
          ["End user", styles.wide],
          ["Rating", styles.medium],
          ["When", ui.number],
        ]}
      />
      <tbody>
        {runs.map((run) => (
          <Row
            key={run.id}
            run={run}
            name={targetName(run, find(run.promptId)?.name)}
            isNew={Date.parse(run.createTime ?? "") > opened}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  run: Run;
  name: string;
  /** Whether it came while the list was looked at. */
  isNew: boolean;
}

const Row = memo(function Row({ run, name, isNew }: RowProps) {
  const duration = between(run.createTime, run.endTime);
  const model = run.nodeRuns[0]?.model;
  return (
    <tr className={classes(styles.run, isNew && styles.new)}>
      <td className={styles.state}>
        <StateBadge state={run.state} />
      </td>
      <td className={styles.what}>
        <div className={styles.name}>
          <Link to={`/runs/${run.id}`}>{name}</Link>
          <span>{targetKind(run)}</span>
        </div>
        <p className={classes(styles.preview, run.state === "STATE_FAILED" && styles.failed)}>
          <span className={styles.small}>
            <StateBadge state={run.state} />
          </span>
          {preview(run)}
        </p>
      </td>
      <td className={classes(styles.wide, styles.short)} title={model}>
        {model || <None />}
      </td>
      <td className={classes(ui.number, styles.medium)}>
        <Used run={run} />
      </td>
      <td className={classes(ui.number, styles.medium)}>{duration === undefined ? <None /> : span(duration)}</td>
      <td className={classes(styles.wide, styles.short)} title={run.endUserId}>
        {run.endUserId || <None />}
      </td>
      <td className={styles.medium}>{run.rating ? <Stars count={run.rating.stars} /> : <None />}</td>
      <td className={classes(ui.number, styles.when)}>
        <Time at={run.createTime} />
      </td>
    </tr>
  );
});

function targetKind(run: Run): string {
  if (run.sessionId) return "session";
  return Number(run.versionNumber) ? `v${run.versionNumber}` : "";
}

function Used({ run: { usage } }: { run: Run }) {
  const tokens = Number(usage?.inputTokens ?? 0) + Number(usage?.outputTokens ?? 0);
  if (usage && tokens) {
    return <span title={`${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out`}>{compact(tokens)}</span>;
  }
  return Number(usage?.images) ? counted(usage?.images ?? 0, "image") : <None />;
}

function None() {
  return <span className={ui.soft}>–</span>;
}
