import { expect, test } from "vitest";
import { moved, replaced, without } from "./lists";

test("items move by a step, and stay where there is no room", () => {
  expect(moved(["a", "b", "c"], 1, -1)).toEqual(["b", "a", "c"]);
  expect(moved(["a", "b", "c"], 1, 1)).toEqual(["a", "c", "b"]);
  expect([moved(["a", "b"], 0, -1), moved(["a", "b"], 1, 1)]).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
});

test("items are found by their keys", () => {
  const list = [{ key: 1 }, { key: 2 }];
  const next = { key: 2, more: true };
  expect(replaced<{ key: number; more?: boolean }>(list, next)).toEqual([{ key: 1 }, next]);
  expect(without(list, 1)).toEqual([{ key: 2 }]);
});
