import { expect, test } from "vitest";
import type { RunEvent } from "../api/client";
import { after, NOTHING, type Progress, stopped } from "./progress";

const events = (...given: object[]): Progress =>
  given.reduce<Progress>((known, event) => after(known, event as RunEvent), NOTHING);

test("text is put together node by node", () => {
  const known = events(
    { started: { run: { id: "r" } } },
    { nodeStarted: { nodeId: "a", attempt: 1 } },
    { textDelta: { nodeId: "a", text: "one " } },
    { textDelta: { nodeId: "b", text: "other" } },
    { textDelta: { nodeId: "a", text: "two" } },
  );
  expect([known.run?.id, known.nodes.a?.text, known.nodes.b?.text]).toEqual(["r", "one two", "other"]);
  expect(known.isEnded).toBe(false);
});

test("a node that starts again gives its text anew", () => {
  const known = events(
    { textDelta: { nodeId: "a", text: "void" } },
    { nodeStarted: { nodeId: "a", attempt: 2 } },
    { textDelta: { nodeId: "a", text: "new" } },
    { nodeEnded: { nodeRun: { nodeId: "a", state: "STATE_SUCCEEDED" } } },
    { ended: { run: { id: "r", state: "STATE_SUCCEEDED" } } },
  );
  expect(known.nodes.a).toEqual({
    state: "STATE_SUCCEEDED",
    text: "new",
    nodeRun: { nodeId: "a", state: "STATE_SUCCEEDED" },
  });
  expect([known.isEnded, known.run?.state]).toEqual([true, "STATE_SUCCEEDED"]);
});

test("what was at work when a run was stopped is cancelled", () => {
  const known = events(
    { started: { run: { id: "r", state: "STATE_RUNNING" } } },
    { nodeStarted: { nodeId: "a", attempt: 1 } },
    { nodeEnded: { nodeRun: { nodeId: "a", state: "STATE_SUCCEEDED" } } },
    { textDelta: { nodeId: "b", text: "so far" } },
  );
  const { run, nodes, isEnded } = stopped(known);
  expect([run?.state, nodes.a?.state, nodes.b?.state]).toEqual([
    "STATE_CANCELLED",
    "STATE_SUCCEEDED",
    "STATE_CANCELLED",
  ]);
  expect([nodes.b?.text, isEnded]).toEqual(["so far", false]);
});
