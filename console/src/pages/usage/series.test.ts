import { expect, test } from "vitest";
import type { UsageBucket } from "../../api/client";
import { counts, countsByGroup, isDotted, latencies, latenciesByGroup, MEASURES } from "./series";

const AXIS = [8, 9, 10].map((hour) => Date.UTC(2026, 10, 29, hour));
const at = (hour: number, given: Partial<UsageBucket>): UsageBucket => ({
  beginTime: new Date(Date.UTC(2026, 10, 29, hour)).toISOString().replace(".000", ""),
  group: "",
  runs: "1",
  errors: "0",
  ...given,
});
const nameOf = (group: string) => group.toUpperCase();

test("hours without runs are zeroes", () => {
  expect(counts(AXIS, [at(9, { runs: "12" })], MEASURES.runs)).toEqual([0, 12, 0]);
  expect(counts(AXIS, [], MEASURES.errors)).toEqual([0, 0, 0]);
});

test("what lies before or behind the axis is not shown", () => {
  expect(counts(AXIS, [at(7, {}), at(8, {}), at(11, {})], MEASURES.runs)).toEqual([1, 0, 0]);
});

test("tokens are those in and out, if any", () => {
  const usage = { inputTokens: "100", outputTokens: "7", images: "0" };
  expect(counts(AXIS, [at(8, { usage }), at(10, {})], MEASURES.tokens)).toEqual([107, 0, 0]);
});

test("an hour in which no run ended has no latency, rather than none to wait", () => {
  const buckets = [at(8, { latency: { p50: "0.250s", p90: "1.5s", p99: "2s" } }), at(9, {})];
  expect(latencies(AXIS, buckets, "p90")).toEqual([1500, undefined, undefined]);
});

test("the greatest groups stand for themselves, the rest together", () => {
  const buckets = ["a", "b", "c", "d", "e", "f", "g"].map((group, index) => at(8, { group, runs: String(10 - index) }));
  const series = countsByGroup({ axis: AXIS, buckets, nameOf }, MEASURES.runs);
  expect(series.map(({ name, values }) => [name, values[0]])).toEqual([
    ["A", 10],
    ["B", 9],
    ["C", 8],
    ["D", 7],
    ["E", 6],
    ["Others", 9],
  ]);
  expect(new Set(series.map(({ colour }) => colour)).size).toBe(6);
  expect(latenciesByGroup({ axis: AXIS, buckets, nameOf }, "p50")).toHaveLength(5);
});

test("a group has the same colour in every chart", () => {
  const latency = { p50: "1s", p90: "1s", p99: "1s" };
  const buckets = [
    at(8, { group: "few", runs: "1", errors: "1", latency }),
    at(9, { group: "many", runs: "5", latency }),
  ];
  const grouped = { axis: AXIS, buckets, nameOf };
  const all = [
    countsByGroup(grouped, MEASURES.runs),
    countsByGroup(grouped, MEASURES.errors),
    latenciesByGroup(grouped, "p50"),
  ];
  for (const series of all) {
    expect(series.map(({ name, colour }) => [name, colour])).toEqual([
      ["MANY", "var(--chart-1)"],
      ["FEW", "var(--chart-2)"],
    ]);
  }
});

test("of many values only those that stand alone have a dot", () => {
  const few = [1, 2, undefined];
  expect(few.map((_, index) => isDotted(few, index))).toEqual([true, true, false]);
  const many = [5, undefined, ...Array.from({ length: 40 }, () => 1)];
  expect([isDotted(many, 0), isDotted(many, 1), isDotted(many, 2)]).toEqual([true, false, false]);
});
