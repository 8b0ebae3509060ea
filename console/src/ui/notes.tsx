import { AlertTriangle } from "lucide-react";
import type { ReactNode } from "react";
import { ProblemError } from "../api/client";
import { Button } from "./button";
import { classes } from "./classes";
import styles from "./ui.module.css";

/** A remark that stays in the page. */
export function Note({ kind, children }: { kind?: "bad" | "wait"; children: ReactNode }) {
  return (
    <div className={classes(styles.note, kind === "bad" && styles.noteBad, kind === "wait" && styles.noteWait)}>
      {children}
    </div>
  );
}

/** What the server refused, every fault of it, and what to do. */
export function ProblemNote({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const problem = error instanceof ProblemError ? error.problem : undefined;
  const faults = problem?.errors ?? [];
  return (
    <div className={classes(styles.note, styles.noteBad)} role="alert">
      <div className={styles.row}>
        <AlertTriangle size={16} aria-hidden="true" />
        <strong>{problem?.title || "Something went wrong"}</strong>
      </div>
      {faults.length < 2 ? (
        <p>{faults[0] ? `${place(faults[0])}${faults[0].detail}` : error.message}</p>
      ) : (
        <ul>
          {faults.map((fault) => (
            <li key={`${fault.pointer}${fault.query}${fault.path}${fault.detail}`}>
              {place(fault)}
              {fault.detail}
            </li>
          ))}
        </ul>
      )}
      {problem?.requestId && <p className={styles.hint}>Request {problem.requestId}</p>}
      {onRetry && (
        <div>
          <Button small onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}

function place(fault?: { pointer?: string; query?: string; path?: string; header?: string }): string {
  const where = fault?.pointer?.replace(/^#\/?/, "") || fault?.query || fault?.path || fault?.header;
  return where ? `${where}: ` : "";
}

/** Says of a list that is empty what it is for, and how to fill it. */
export function Empty({ icon, title, children }: { icon?: ReactNode; title: string; children: ReactNode }) {
  return (
    <div className={styles.empty}>
      {icon}
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Loading({ what = "Loading" }: { what?: string }) {
  return (
    <div className={styles.loading} role="status">
      <span className={styles.spinner} aria-hidden="true" />
      {what}…
    </div>
  );
}
