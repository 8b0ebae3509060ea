import { Bar, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Chart } from "./chart-card";
import { named, tick } from "./ranges";
import { dash, isDotted, type Series } from "./series";
import styles from "./usage.module.css";

interface Row {
  begin: number;
  index: number;
}

/** The chart itself. In a file of its own, since what draws it is large. */
export default function Plot(chart: Chart) {
  const { title, axis, byHour, series, short } = chart;
  const rows: Row[] = axis.map((begin, index) => ({ begin, index }));
  return (
    <ResponsiveContainer>
      <ComposedChart data={rows} title={`${title} over time`} margin={{ top: 6, right: 6, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="begin"
          tickFormatter={(begin: number) => tick(begin, byHour)}
          minTickGap={28}
          tickLine={false}
          axisLine={{ stroke: "var(--line-strong)" }}
          tick={{ fill: "var(--soft)", fontSize: 12 }}
        />
        <YAxis
          width="auto"
          tickFormatter={short}
          allowDecimals={false}
          tickLine={false}
          axisLine={false}
          tick={{ fill: "var(--soft)", fontSize: 12 }}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: "var(--hover)", stroke: "var(--line-strong)" }}
          content={({ active, payload }) =>
            active && <Tip chart={chart} row={payload[0]?.payload as Row | undefined} />
          }
        />
        {series.map((each, index) => draw(chart.kind, each, index))}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function draw(kind: Chart["kind"], { name, colour, values }: Series, index: number) {
  const common = { name, dataKey: ({ index: at }: Row) => values[at], isAnimationActive: false };
  if (kind === "bars") return <Bar key={colour} {...common} stackId="all" fill={colour} maxBarSize={28} />;
  return (
    <Line
      key={colour}
      {...common}
      type="linear"
      stroke={colour}
      strokeWidth={2}
      strokeDasharray={dash(index)}
      dot={({ cx, cy, index: at }: { cx?: number; cy?: number; index?: number }) =>
        isDotted(values, at ?? 0) ? <circle key={at} cx={cx} cy={cy} r={2.5} fill={colour} /> : <g key={at} />
      }
    />
  );
}

/** What the chart has at the pointer, or where the arrow keys are. */
function Tip({ chart: { byHour, series, full }, row }: { chart: Chart; row?: Row }) {
  if (!row) return null;
  return (
    <div className={styles.tip}>
      <strong>{named(row.begin, byHour)}</strong>
      <dl>
        {series.map(({ name, colour, values }) => {
          const value = values[row.index];
          return (
            <div key={colour}>
              <dt>
                <svg width="10" height="10" aria-hidden="true">
                  <rect width="10" height="10" rx="2" fill={colour} />
                </svg>
                {name}
              </dt>
              <dd>{value === undefined ? "–" : full(value)}</dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}
