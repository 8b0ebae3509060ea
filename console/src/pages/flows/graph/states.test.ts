import { expect, test } from "vitest";
import type { NodeRun } from "../../../api/client";
import type { Progress } from "../../../runs/progress";
import { action, graphOf, output, variable } from "./for-tests";
import { edgeState, fromNodeRuns, fromProgress, type NodeState, statesOf } from "./states";

const GRAPH = graphOf(
  [variable("v"), action("a"), action("b"), action("unused"), output("o"), output("p"), output("bare")],
  ...["v>a", "a>b", "a>o", "b>p", "v>unused"],
);

function states(known: Record<string, NodeState>, isEnded: boolean) {
  return Object.fromEntries(statesOf(GRAPH, new Map(Object.entries(known)), isEnded));
}

test("what leads to an output waits for its turn", () => {
  expect(states({}, false)).toEqual({
    ...{ a: "waiting", b: "waiting", unused: "skipped", o: "waiting", p: "waiting", bare: "waiting" },
  });
  expect(states({ a: "succeeded", b: "running" }, false)).toMatchObject({ o: "succeeded", p: "waiting" });
});

test("outputs fail with what leads to them", () => {
  expect(states({ a: "succeeded", b: "failed" }, true)).toMatchObject({
    o: "succeeded",
    p: "failed",
    bare: "succeeded",
  });
  expect(states({ a: "failed", b: "skipped" }, true)).toMatchObject({ o: "failed", p: "failed" });
});

test("of a run that was stopped the rest is not run", () => {
  expect(states({ a: "cancelled" }, true)).toMatchObject({ a: "cancelled", b: "skipped", o: "skipped", p: "skipped" });
});

test("states come from records and from events alike", () => {
  const skipped = { reason: "ERROR_REASON_NODE_SKIPPED" };
  const runs = [
    { nodeId: "a", state: "STATE_FAILED" },
    { nodeId: "b", state: "STATE_FAILED", error: skipped },
  ] as NodeRun[];
  expect(fromNodeRuns(runs)).toEqual(new Map(Object.entries({ a: "failed", b: "skipped" })));
  const progress = { nodes: { a: { state: "STATE_RUNNING", text: "" } }, isEnded: false } as Progress;
  expect(fromProgress(progress)).toEqual(new Map([["a", "running"]]));
});

test("an edge looks as its target, but does not fail from what is good", () => {
  expect([edgeState(undefined, "running"), edgeState("succeeded", "failed"), edgeState("skipped", "failed")]).toEqual([
    "running",
    undefined,
    "failed",
  ]);
});
