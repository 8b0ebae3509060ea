import { expect, test } from "vitest";
import type { Run } from "../api/client";
import { againPath, toAgain } from "./again";

const RUN = { id: "r", promptId: "p", versionId: "v", endUserId: "", metadata: {} } as Run;

test("inputs are filled in as a run takes them", () => {
  const inputs = { text: "a", empty: "", number: 1, flag: true, ["__proto__"]: "x" };
  const { inputs: filled, lost } = toAgain({ ...RUN, inputs });
  expect(Object.entries(filled)).toEqual([
    ["text", "a"],
    ["empty", ""],
    ["number", "1"],
    ["flag", "true"],
    ["__proto__", "x"],
  ]);
  expect(lost).toEqual([]);
});

test("whom it was for and its metadata go along", () => {
  const again = toAgain({ ...RUN, inputs: {}, endUserId: "ann", metadata: { team: "search", stage: "a = b" } });
  expect(again).toEqual({ inputs: {}, endUserId: "ann", metadata: "team=search\nstage=a = b", lost: [] });
});

test("what cannot be filled in is told", () => {
  expect(toAgain({ ...RUN, metadata: { note: "one\ntwo", team: "search" } })).toEqual({
    inputs: {},
    endUserId: "",
    metadata: "team=search",
    lost: ["its inputs, which were not kept", "the metadata note"],
  });
});

test("a flow is run on its own page", () => {
  expect(againPath(RUN, true)).toBe("/flows/p?version=v&run=r");
  expect(againPath(RUN, false)).toBe("/playground?version=v&run=r");
});
