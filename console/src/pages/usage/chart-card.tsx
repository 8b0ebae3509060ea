import { lazy, type ReactNode, Suspense, useState } from "react";
import { Card } from "../../ui/page";
import { DataTable } from "./data-table";
import { Legend } from "./legend";
import type { Series } from "./series";
import styles from "./usage.module.css";

// The library of charts is larger than the rest of the page, which shall not wait for it.
const Plot = lazy(() => import("./plot"));

export interface Chart {
  title: string;
  /** Bars stand on each other; lines have gaps where there is no value. */
  kind: "bars" | "lines";
  axis: readonly number[];
  byHour: boolean;
  series: readonly Series[];
  /** Writes a value beside the axis, and in full. */
  short: (value: number) => string;
  full: (value: number) => string;
}

/** A chart, what its colours mean, and its numbers as a table. */
export function ChartCard({ actions, ...chart }: Chart & { actions?: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Card title={chart.title} actions={actions}>
      {chart.series.length > 1 && <Legend of={chart} />}
      <div className={styles.plot}>
        <Suspense>
          <Plot {...chart} />
        </Suspense>
      </div>
      <details className={styles.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{chart.title} as a table</summary>
        {isOpen && <DataTable {...chart} />}
      </details>
    </Card>
  );
}
