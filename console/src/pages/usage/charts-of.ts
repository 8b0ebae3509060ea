import {
  colour,
  counts,
  countsByGroup,
  latencies,
  latenciesByGroup,
  MEASURES,
  PERCENTILES,
  type Percentile,
  type Series,
} from "./series";
import type { Usage } from "./use-usage";

type Charts = Record<"runs" | "errors" | "latency" | "tokens", Series[]>;

/** Give what each chart shows: of all runs, or of each group, whose latency is that of one percentile. */
export function chartsOf(usage: Usage, nameOf: (group: string) => string, percentile: Percentile): Charts {
  if (usage.group) {
    const grouped = { ...usage, nameOf };
    return {
      runs: countsByGroup(grouped, MEASURES.runs),
      errors: countsByGroup(grouped, MEASURES.errors),
      latency: latenciesByGroup(grouped, percentile),
      tokens: countsByGroup(grouped, MEASURES.tokens),
    };
  }
  const { axis, buckets } = usage;
  const { runs, errors, inputTokens, outputTokens } = MEASURES;
  return {
    runs: [{ name: "Runs", colour: colour(0), values: counts(axis, buckets, runs) }],
    errors: [{ name: "Errors", colour: "var(--bad)", values: counts(axis, buckets, errors) }],
    latency: PERCENTILES.map((each, index) => ({
      name: each,
      colour: colour(index),
      values: latencies(axis, buckets, each),
    })),
    tokens: [
      { name: "In", colour: colour(0), values: counts(axis, buckets, inputTokens) },
      { name: "Out", colour: colour(1), values: counts(axis, buckets, outputTokens) },
    ],
  };
}
