import { useState } from "react";
import { SelectField } from "../../ui/field";
import { compact, count, span } from "../../ui/format";
import { ChartCard } from "./chart-card";
import { chartsOf } from "./charts-of";
import { isByHour } from "./ranges";
import { PERCENTILES, type Percentile } from "./series";
import styles from "./usage.module.css";
import type { Usage } from "./use-usage";

/** Usage over time. */
export function Charts({ usage, nameOf }: { usage: Usage; nameOf: (group: string) => string }) {
  const [percentile, setPercentile] = useState<Percentile>("p90");
  const { runs, errors, latency, tokens } = chartsOf(usage, nameOf, percentile);
  const time = { axis: usage.axis, byHour: isByHour(usage.range) };
  return (
    <div className={styles.charts}>
      <ChartCard title="Runs" kind="bars" {...time} series={runs} short={compact} full={count} />
      <ChartCard title="Errors" kind="bars" {...time} series={errors} short={compact} full={count} />
      <ChartCard
        title="Latency"
        kind="lines"
        {...time}
        series={latency}
        short={shortSpan}
        full={span}
        actions={usage.group && <PercentileField value={percentile} onChange={setPercentile} />}
      />
      <ChartCard title="Tokens" kind="bars" {...time} series={tokens} short={compact} full={count} />
    </div>
  );
}

function PercentileField({ value, onChange }: { value: Percentile; onChange: (value: Percentile) => void }) {
  return (
    <SelectField
      label="Percentile"
      hideLabel
      className={styles.percentile}
      value={value}
      onChange={(event) => onChange(event.target.value as Percentile)}
    >
      {PERCENTILES.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </SelectField>
  );
}

function shortSpan(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${compact(ms / 1000)} s`;
}
