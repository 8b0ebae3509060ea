import { expect, test } from "vitest";
import type { Run } from "../../api/client";
import { countNew, leftover, merged, settledFrom } from "./live";

const BEGIN = Date.parse("2026-11-29T10:00:00Z");

/** Give a run that was created so many seconds after the begin. */
function made(second: number, state = "STATE_SUCCEEDED"): Run {
  const createTime = new Date(BEGIN + second * 1000).toISOString();
  return { id: `run-${String(second).padStart(6, "0")}`, state, createTime } as Run;
}
const ids = (runs: readonly Run[]) => runs.map((run) => Number(run.id.slice(4)));

test("what has ended is not asked for again", () => {
  expect(settledFrom([made(3), made(2), made(1)], false)).toBe("run-000003");
  expect(settledFrom([], false)).toBeUndefined();
});

test("what is under way is asked for again, with all that is newer", () => {
  const shown = [made(4), made(3, "STATE_RUNNING"), made(2, "STATE_QUEUED"), made(1)];
  expect(settledFrom(shown, false)).toBe("run-000001");
  expect(settledFrom(shown.slice(0, 3), false)).toBeUndefined();
});

test("only the newest are watched, whatever is stuck below", () => {
  const shown = Array.from({ length: 80 }, (_, index) => made(1000 - index, "STATE_RUNNING"));
  expect(settledFrom(shown, false)).toBe("run-000950");
});

test("where runs can fit later, those that may have ended since are asked for again", () => {
  const shown = [made(1000), made(900), made(680), made(100)];
  expect(settledFrom(shown, true)).toBe("run-000680");
});

test("what newer ones have pushed down is looked at, too", () => {
  const shown = Array.from({ length: 200 }, (_, index) =>
    made(1000 - index, index < 120 ? "STATE_SUCCEEDED" : "STATE_QUEUED"),
  );
  expect(leftover(shown)).toEqual({ above: "run-000881", last: "run-000831" });
  expect(leftover(shown.slice(0, 122))).toEqual({ above: "run-000881", last: "run-000879" });
  expect(leftover(shown.slice(0, 120))).toBeUndefined();
  expect(leftover([made(1, "STATE_RUNNING")])).toBeUndefined();
});

const PAGES = [
  { items: [made(5), made(4, "STATE_RUNNING"), made(3, "STATE_RUNNING")], nextPageToken: "next" },
  { items: [made(2), made(1)], nextPageToken: "" },
];

test("new runs come first, changed ones in their places, and what no longer fits leaves", () => {
  const found = [made(7), made(6), made(5), made(3)];
  const after = merged(PAGES, found, (id) => id > "run-000002");
  expect(after.map((page) => ids(page.items))).toEqual([
    [7, 6, 5, 3],
    [2, 1],
  ]);
  expect(after.map((page) => page.nextPageToken)).toEqual(["next", ""]);
  expect(after[0]?.items[3]?.state).toBe("STATE_SUCCEEDED");
  expect(
    countNew(
      PAGES.flatMap((page) => page.items),
      found,
    ),
  ).toBe(2);
});

test("a part in the midst is renewed, whatever else was found", () => {
  const found = [made(4), made(2), made(0)];
  const after = merged(PAGES, found, (id) => id < "run-000005" && id >= "run-000002");
  expect(after.map((page) => ids(page.items))).toEqual([
    [5, 4],
    [2, 1],
  ]);
  expect(after[0]?.items[1]?.state).toBe("STATE_SUCCEEDED");
});

test("pages stay, also those that have nothing left", () => {
  const after = merged(PAGES, [], (id) => id > "run-000001");
  expect(after.map((page) => ids(page.items))).toEqual([[], [1]]);
});
