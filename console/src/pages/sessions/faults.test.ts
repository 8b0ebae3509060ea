import { expect, test } from "vitest";
import type { Draft } from "./draft";
import { faultsOfSave } from "./faults";

const SENT: Draft = {
  messages: [],
  variables: [7, 8].map((key) => ({
    key,
    name: `v${key}`,
    type: "TYPE_TEXT",
    required: true,
    description: "",
    options: [],
    allowEmpty: false,
  })),
  images: [],
  provider: "",
  model: "",
  parameters: "",
  format: "TYPE_TEXT",
  schema: "",
  inputs: {},
};
const errors = [
  { pointer: "#/variables/1/name", detail: "is no name", reason: "FIELD_INVALID" },
  { pointer: "#/parameters/stream", detail: "is reserved", reason: "FIELD_INVALID" },
];
const faultOf = faultsOfSave(Object.assign(new Error("refused"), { problem: { errors } }), SENT);

test("faults stay with their items, wherever these have moved", () => {
  expect(faultOf("variables", 8, "name")).toBe("is no name");
  expect([faultOf("variables", 7), faultOf("variables", 9)]).toEqual([undefined, undefined]);
});

test("other places are named as they are", () => {
  expect([faultOf("parameters", "stream"), faultOf("parameters"), faultOf("model")]).toEqual([
    "is reserved",
    "is reserved",
    undefined,
  ]);
});
