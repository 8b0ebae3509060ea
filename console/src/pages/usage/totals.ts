import type { UsageBucket } from "../../api/client";

export interface Totals {
  runs: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  images: number;
}

/** Add up what is in buckets. */
export function total(buckets: readonly UsageBucket[]): Totals {
  const sum = (value: (bucket: UsageBucket) => string | undefined) =>
    buckets.reduce((all, bucket) => all + Number(value(bucket) ?? 0), 0);
  return {
    runs: sum((bucket) => bucket.runs),
    errors: sum((bucket) => bucket.errors),
    inputTokens: sum((bucket) => bucket.usage?.inputTokens),
    outputTokens: sum((bucket) => bucket.usage?.outputTokens),
    images: sum((bucket) => bucket.usage?.images),
  };
}

/** Give each group with what is in its buckets, that of the most runs first. */
export function totalByGroup(buckets: readonly UsageBucket[]): [string, Totals][] {
  const groups = new Map<string, UsageBucket[]>();
  for (const bucket of buckets) groups.set(bucket.group, [...(groups.get(bucket.group) ?? []), bucket]);
  return [...groups]
    .map(([group, own]): [string, Totals] => [group, total(own)])
    .sort(([one, its], [other, others]) => others.runs - its.runs || one.localeCompare(other));
}

/** Give the part of runs that failed: `3.1%`. */
export function errorRate({ runs, errors }: Totals): string {
  if (errors === 0 || runs === 0) return "0%";
  const rate = (100 * errors) / runs;
  return rate < 0.1 ? "<0.1%" : `${rate.toFixed(rate < 10 ? 1 : 0)}%`;
}
