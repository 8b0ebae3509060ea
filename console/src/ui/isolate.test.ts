import { expect, test } from "vitest";
import { isolate } from "./isolate";

test("a text that is written from left to right stays as it is", () => {
  expect(isolate("Explain “{topic}”, twice: Größe 3 中文 🙂")).toBe("Explain “{topic}”, twice: Größe 3 中文 🙂");
});

test("a text from right to left is by itself", () => {
  expect(isolate("של night")).toBe("\u2068של night\u2069");
  expect(isolate("عربي")).toBe("\u2068عربي\u2069");
});

test("controls that reach further than their text are left out", () => {
  expect(isolate("\u202enight")).toBe("night");
  expect(isolate("\u2069\u202eשל")).toBe("\u2068של\u2069");
});
