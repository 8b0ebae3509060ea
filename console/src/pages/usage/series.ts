/** Buckets as rows of numbers over a time axis, for charts and tables. */

import type { UsageBucket } from "../../api/client";
import { milliseconds } from "../../ui/format";
import { totalByGroup } from "./totals";

/** How many groups stand for themselves; the rest is one. */
const TOP = 5;

export interface Series {
  name: string;
  /** One of the colours of usage.module.css. */
  colour: string;
  /** A value for each bucket of the axis; undefined: there is none, which is not the same as zero. */
  values: (number | undefined)[];
}

export type Percentile = "p50" | "p90" | "p99";
export const PERCENTILES: readonly Percentile[] = ["p50", "p90", "p99"];

/** What is measured of a bucket. */
export const MEASURES = {
  runs: (bucket: UsageBucket) => Number(bucket.runs),
  errors: (bucket: UsageBucket) => Number(bucket.errors),
  inputTokens: (bucket: UsageBucket) => Number(bucket.usage?.inputTokens ?? 0),
  outputTokens: (bucket: UsageBucket) => Number(bucket.usage?.outputTokens ?? 0),
  tokens: (bucket: UsageBucket) => MEASURES.inputTokens(bucket) + MEASURES.outputTokens(bucket),
};

/** Give a sum for each begin of a bucket; zero where nothing was. */
export function counts(
  axis: readonly number[],
  buckets: readonly UsageBucket[],
  measure: (bucket: UsageBucket) => number,
): number[] {
  const sums = new Map<number, number>();
  for (const bucket of buckets) {
    const begin = beginOf(bucket);
    sums.set(begin, (sums.get(begin) ?? 0) + measure(bucket));
  }
  return axis.map((begin) => sums.get(begin) ?? 0);
}

/** Give how long runs took, in milliseconds, for each begin of a bucket; undefined where none ended. */
export function latencies(
  axis: readonly number[],
  buckets: readonly UsageBucket[],
  percentile: Percentile,
): (number | undefined)[] {
  const known = new Map(buckets.map((bucket) => [beginOf(bucket), bucket.latency?.[percentile]]));
  return axis.map((begin) => {
    const duration = known.get(begin);
    return duration === undefined ? undefined : milliseconds(duration);
  });
}

interface Grouped {
  axis: readonly number[];
  buckets: readonly UsageBucket[];
  nameOf: (group: string) => string;
}

/** Give a series for each of the greatest groups, and one for all others together. */
export function countsByGroup({ axis, buckets, nameOf }: Grouped, measure: (bucket: UsageBucket) => number): Series[] {
  const tops = top(buckets);
  const series = tops.map((group, index) => ({
    name: nameOf(group),
    colour: colour(index),
    values: counts(axis, inGroup(buckets, group), measure),
  }));
  const others = buckets.filter(({ group }) => !tops.includes(group));
  if (others.length === 0) return series;
  return [...series, { name: "Others", colour: "var(--chart-others)", values: counts(axis, others, measure) }];
}

/** Give a series for each of the greatest groups; what the others took cannot be told from their percentiles. */
export function latenciesByGroup({ axis, buckets, nameOf }: Grouped, percentile: Percentile): Series[] {
  return top(buckets).map((group, index) => ({
    name: nameOf(group),
    colour: colour(index),
    values: latencies(axis, inGroup(buckets, group), percentile),
  }));
}

/** Give the colour of the series of this place. */
export function colour(index: number): string {
  return `var(--chart-${(index % TOP) + 1})`;
}

const DASHES = [undefined, "7 3", "2 3", "9 3 2 3", "4 4"];

/** Give the dashes of the line of this place, which tell it from the others without its colour. */
export function dash(index: number): string | undefined {
  return DASHES[index % TOP];
}

const MOST_DOTS = 31;

/** Whether a value gets a dot: all of them while there is room, and those that no line leads to. */
export function isDotted(values: readonly (number | undefined)[], index: number): boolean {
  if (values[index] === undefined) return false;
  return values.length <= MOST_DOTS || (values[index - 1] === undefined && values[index + 1] === undefined);
}

function top(buckets: readonly UsageBucket[]): string[] {
  return totalByGroup(buckets)
    .slice(0, TOP)
    .map(([group]) => group);
}

function inGroup(buckets: readonly UsageBucket[], group: string): UsageBucket[] {
  return buckets.filter((bucket) => bucket.group === group);
}

function beginOf(bucket: UsageBucket): number {
  return Date.parse(bucket.beginTime ?? "");
}
