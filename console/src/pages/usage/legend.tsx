import type { Chart } from "./chart-card";
import { dash } from "./series";
import styles from "./usage.module.css";

/** What the colours and dashes of a chart stand for. */
export function Legend({ of: { kind, series } }: { of: Pick<Chart, "kind" | "series"> }) {
  return (
    <ul className={styles.legend}>
      {series.map(({ name, colour }, index) => (
        <li key={colour}>
          <svg width="18" height="10" aria-hidden="true">
            {kind === "bars" ? (
              <rect x="4" width="10" height="10" rx="2" fill={colour} />
            ) : (
              <path d="M0 5h18" stroke={colour} strokeWidth="2" strokeDasharray={dash(index)} />
            )}
          </svg>
          <span>{name}</span>
        </li>
      ))}
    </ul>
  );
}
