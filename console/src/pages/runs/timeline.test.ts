import { expect, test } from "vitest";
import type { Run } from "../../api/client";
import { toTicks, toTimeline } from "./timeline";

const BEGIN = Date.parse("2026-11-29T10:00:00Z");
const at = (ms: number) => new Date(BEGIN + ms).toISOString();

function run(nodes: [start?: number, end?: number][], given: object = {}): Run {
  const nodeRuns = nodes.map(([start, end], index) => ({
    nodeId: String(index),
    startTime: start === undefined ? undefined : at(start),
    endTime: end === undefined ? undefined : at(end),
  }));
  return { createTime: at(0), startTime: at(100), endTime: at(1000), nodeRuns, ...given } as unknown as Run;
}

test("nodes have their places between the begin and the end of the run", () => {
  const { bars, wait } = toTimeline(run([[500, 1000], [100, 400], []]), BEGIN);
  expect(bars.map(({ nodeRun, place, began, took }) => [nodeRun.nodeId, place, began, took])).toEqual([
    ["1", { from: 0.1, to: 0.4 }, 100, 300],
    ["0", { from: 0.5, to: 1 }, 500, 500],
    ["2", undefined, undefined, undefined],
  ]);
  expect(wait).toEqual({ took: 100, to: 0.1 });
});

test("what is under way goes on to now", () => {
  const { bars } = toTimeline(run([[100, 500], [500]], { endTime: undefined }), BEGIN + 2000);
  expect(bars.map(({ place }) => place)).toEqual([
    { from: 0.05, to: 0.25 },
    { from: 0.25, to: 1 },
  ]);
});

test("a run that waits has no bars", () => {
  const { bars, wait } = toTimeline(run([], { startTime: undefined, endTime: undefined }), BEGIN + 3000);
  expect([bars, wait]).toEqual([[], { took: 3000, to: 1 }]);
});

test("clocks that differ put nothing outside of the axis", () => {
  const { bars } = toTimeline(run([[-20, 1100]]), BEGIN);
  expect(bars[0]?.place).toEqual({ from: 0, to: 1 });
  expect(toTimeline(run([[0]], { endTime: undefined }), BEGIN - 5000).bars[0]?.took).toBe(0);
});

test("ticks are round", () => {
  expect(toTicks(900).map(({ label }) => label)).toEqual(["0 ms", "200 ms", "400 ms", "600 ms", "800 ms"]);
  expect(toTicks(1000).at(-1)).toEqual({ at: 1, label: "1 s" });
  expect(toTicks(12_500).map(({ label }) => label)).toEqual(["0 s", "5 s", "10 s"]);
  expect(toTicks(2600).map(({ at: place }) => place)).toEqual([0, 500, 1000, 1500, 2000, 2500].map((ms) => ms / 2600));
  expect(toTicks(1)).toEqual([
    { at: 0, label: "0 ms" },
    { at: 1, label: "1 ms" },
  ]);
});
