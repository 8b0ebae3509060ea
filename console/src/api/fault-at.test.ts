import { expect, test } from "vitest";
import type { ProblemError } from "./client";
import { faultAt } from "./fault-at";

function refused(...pointers: string[]): ProblemError {
  const errors = pointers.map((pointer) => ({ pointer, detail: `bad ${pointer}`, reason: "FIELD_INVALID" }));
  return Object.assign(new Error("refused"), { problem: { errors } }) as unknown as ProblemError;
}

test("faults are found at their place and below it", () => {
  const error = refused("#/variables/0/name", "#/variables/10/name", "#/variables/0/options/1/name");
  expect(faultAt(error, "variables", 0, "name")).toBe("bad #/variables/0/name");
  expect(faultAt(error, "variables", 1)).toBeUndefined();
  expect(faultAt(error, "variables", 0)).toBe("bad #/variables/0/name; bad #/variables/0/options/1/name");
});

test("names may hold what pointers escape, and what looks like a step", () => {
  expect(faultAt(refused("#/inputs/a~1b%20%C3%A9"), "inputs", "a/b é")).toBeDefined();
  expect(faultAt(refused("#/inputs/a/b/2"), "inputs", "a.b[2]")).toBeDefined();
  expect(faultAt(refused("#/inputs/%"), "inputs", "%")).toBeDefined();
});

test("other errors say nothing of places", () => {
  expect(faultAt(new Error("lost"), "inputs")).toBeUndefined();
  expect(faultAt(undefined, "inputs")).toBeUndefined();
});
