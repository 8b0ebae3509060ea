/** The spans of time that usage is shown of, cut into hours or days of UTC. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type RangeName = "24h" | "7d" | "30d" | "90d";

interface Range {
  words: string;
  /** How long a bucket is, in milliseconds, and how many there are. */
  step: number;
  buckets: number;
}

export const RANGES: Readonly<Record<RangeName, Range>> = {
  "24h": { words: "24 hours", step: HOUR_MS, buckets: 24 },
  "7d": { words: "7 days", step: DAY_MS, buckets: 7 },
  "30d": { words: "30 days", step: DAY_MS, buckets: 30 },
  "90d": { words: "90 days", step: DAY_MS, buckets: 90 },
};

/** Give when the buckets of a range begin, in milliseconds, up to the one that now is in. */
export function begins(name: RangeName, now: number): number[] {
  const { step, buckets } = RANGES[name];
  const last = Math.floor(now / step) * step;
  return Array.from({ length: buckets }, (_, index) => last - (buckets - 1 - index) * step);
}

/** Whether its buckets are hours. */
export function isByHour(name: RangeName): boolean {
  return RANGES[name].step === HOUR_MS;
}

const DAY = new Intl.DateTimeFormat("en", { timeZone: "UTC", month: "short", day: "numeric" });
const HOUR = new Intl.DateTimeFormat("en", { timeZone: "UTC", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** Give a bucket's begin in short, as an axis has it. */
export function tick(begin: number, byHour: boolean): string {
  return (byHour ? HOUR : DAY).format(begin);
}

/** Give a bucket's begin in full. */
export function named(begin: number, byHour: boolean): string {
  return byHour ? `${DAY.format(begin)}, ${HOUR.format(begin)} UTC` : DAY.format(begin);
}
