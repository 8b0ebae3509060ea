import { expect, test } from "vitest";
import { begin, type History, redo, step, undo } from "./history";

const steps = (...given: [string, string?][]) =>
  given.reduce<History<string>>((history, [present, mark]) => step(history, present, mark), begin("a"));

test("steps are gone back, and forth again", () => {
  const there = steps(["b"], ["c"]);
  const back = undo(undo(undo(there)));
  expect([there.present, back.present, redo(back).present, redo(redo(redo(back))).present]).toEqual([
    "c",
    "a",
    "b",
    "c",
  ]);
});

test("a step of its own ends what could be gone forth to", () => {
  const changed = step(undo(steps(["b"])), "x");
  expect(redo(changed).present).toBe("x");
  expect(undo(changed).present).toBe("a");
});

test("what has one mark is undone as a whole, also after an undo it begins anew", () => {
  const typed = steps(["ab", "type"], ["abc", "type"], ["abc!", "other"]);
  expect(undo(typed).present).toBe("abc");
  expect(undo(undo(typed)).present).toBe("a");
  expect(undo(step(undo(typed), "abcd", "type")).present).toBe("abc");
});

test("no change is no step", () => {
  const history = steps(["b"]);
  expect(step(history, "b")).toBe(history);
});
