import { expect, test } from "vitest";
import { inputFaults } from "./input-faults";

function refused(name: string): Error {
  const errors = [{ pointer: `#/inputs/${name}`, detail: "is required", reason: "VARIABLE_MISSING" }];
  return Object.assign(new Error("refused"), { problem: { errors } });
}

test("faults of all errors are told by name", () => {
  const errors = [refused("a"), undefined, refused("b")];
  expect(inputFaults(errors, ["a", "b", "c"], {}, {})).toEqual({ a: "is required", b: "is required" });
});

test("an input that was changed since has none", () => {
  expect(inputFaults([refused("a")], ["a"], { a: "x" }, {})).toEqual({});
  expect(inputFaults([refused("a")], ["a"], { a: "" }, { a: "" })).toEqual({ a: "is required" });
});
