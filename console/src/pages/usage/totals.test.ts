import { expect, test } from "vitest";
import type { UsageBucket } from "../../api/client";
import { errorRate, total, totalByGroup } from "./totals";

const bucket = (group: string, runs: number, errors = 0): UsageBucket => ({
  group,
  runs: String(runs),
  errors: String(errors),
  usage: { inputTokens: "10", outputTokens: "5", images: "1" },
});

test("buckets are added up, as numbers", () => {
  expect(total([bucket("", 9, 1), bucket("", 11), { group: "", runs: "1", errors: "1" }])).toEqual({
    runs: 21,
    errors: 2,
    inputTokens: 20,
    outputTokens: 10,
    images: 2,
  });
});

test("groups come by the number of their runs", () => {
  const groups = totalByGroup([bucket("b", 2), bucket("c", 9), bucket("a", 5), bucket("b", 8)]);
  expect(groups.map(([group, { runs }]) => [group, runs])).toEqual([
    ["b", 10],
    ["c", 9],
    ["a", 5],
  ]);
});

test("the rate of errors never hides that there are some", () => {
  const rate = (runs: number, errors: number) => errorRate(total([bucket("", runs, errors)]));
  expect([rate(0, 0), rate(10, 0), rate(100_000, 1), rate(64, 2), rate(3, 1)]).toEqual([
    "0%",
    "0%",
    "<0.1%",
    "3.1%",
    "33%",
  ]);
});
