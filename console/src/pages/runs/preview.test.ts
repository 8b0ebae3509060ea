import { expect, test } from "vitest";
import type { Run } from "../../api/client";
import { line, preview } from "./preview";

const run = (given: object): string =>
  preview({ state: "STATE_SUCCEEDED", inputs: {}, outputs: [], ...given } as unknown as Run);

test("outputs stand in one line", () => {
  expect(run({ outputs: [{ text: "A\n\n  text" }, { image: { placeholder: false } }] })).toBe("A text · Image");
  expect(run({ outputs: [{ error: { reason: "ERROR_REASON_OUTPUT_NOT_JSON" } }] })).toBe("Output not JSON");
});

test("a run without outputs says why", () => {
  const error = { reason: "ERROR_REASON_RUN_TIMED_OUT", message: "the run passed\nits timeout" };
  expect(run({ state: "STATE_FAILED", error })).toBe("Run timed out: the run passed its timeout");
  expect(run({ state: "STATE_QUEUED" })).toBe("Waits for a worker");
  expect(run({ inputs: undefined })).toBe("Not kept");
});

test("long texts are cut", () => {
  expect(line("x".repeat(300))).toBe(`${"x".repeat(200)}…`);
  expect(line(`x${" ".repeat(1000)}y`)).toBe("x…");
  expect(line("short")).toBe("short");
});
