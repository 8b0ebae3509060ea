/** Numbers, times and sizes in words. */

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000_000],
  ["month", 2_592_000_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const EXACT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const NUMBER = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** Say how far from now a moment is, in milliseconds: negative ones have passed. */
export function ago(distance: number): string {
  const [unit, size] = UNITS.find(([, each]) => Math.abs(distance) >= each) ?? ["second", 0];
  return size ? RELATIVE.format(Math.trunc(distance / size), unit) : distance > 1000 ? "in a moment" : "just now";
}

/** Give a moment in full, by the clock of the browser. */
export function exact(at: string): string {
  return EXACT.format(new Date(at));
}

/** Give a length of time from milliseconds: `820 ms`, `3.4 s`, `2 min 5 s`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Give the milliseconds between two moments; undefined when one of them is not known. */
export function between(begin?: string, end?: string): number | undefined {
  return begin && end ? Math.max(0, Date.parse(end) - Date.parse(begin)) : undefined;
}

/** Give the milliseconds of a duration of the API, such as `1.5s`. */
export function milliseconds(duration: string): number {
  return Number.parseFloat(duration) * 1000;
}

/** Give a number, which the API may write as a text, with separators. */
export function count(number: number | string): string {
  return NUMBER.format(Number(number));
}

/** Give a great number in short: `12.4K`. */
export function compact(number: number | string): string {
  return COMPACT.format(Number(number));
}

/** Give a number and its noun: `1 run`, `3 runs`. */
export function counted(number: number | string, noun: string): string {
  return `${count(number)} ${noun}${Number(number) === 1 ? "" : "s"}`;
}
