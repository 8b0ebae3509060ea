import { expect, test } from "vitest";
import { toLocal, toMoment } from "./local-time";

test("what a field shows means the moment that it was made of", () => {
  const at = new Date(2026, 2, 4, 5, 6);
  expect(toLocal(at)).toBe("2026-03-04T05:06");
  expect(toMoment(toLocal(at))).toBe(at.toISOString());
});

test("a field that is empty or holds no time means no moment", () => {
  expect(toMoment("")).toBeUndefined();
  expect(toMoment("soon")).toBeUndefined();
});
