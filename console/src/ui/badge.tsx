import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./ui.module.css";

export type Tone = "good" | "bad" | "wait" | "accent";

/** A short word with a colour; with a dot when it is a state. */
export function Badge({ tone, dot, children }: { tone?: Tone; dot?: boolean; children: ReactNode }) {
  return <span className={classes(styles.badge, tone && styles[tone], !dot && styles.plain)}>{children}</span>;
}

const STATES: Record<string, [string, Tone | undefined]> = {
  STATE_QUEUED: ["Queued", "wait"],
  STATE_RUNNING: ["Running", "accent"],
  STATE_SUCCEEDED: ["Succeeded", "good"],
  STATE_FAILED: ["Failed", "bad"],
  STATE_CANCELLED: ["Cancelled", undefined],
  STATE_PENDING: ["Pending", "wait"],
};

/** The state of a run, of a node, or of a delivery. */
export function StateBadge({ state }: { state: string }) {
  const [word, tone] = STATES[state] ?? [state, undefined];
  return (
    <Badge tone={tone} dot>
      {word}
    </Badge>
  );
}
