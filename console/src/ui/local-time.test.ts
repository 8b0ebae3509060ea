import { expect, test } from "vitest";
import { toInstant, toLocal } from "./local-time";

test("a moment goes to a field and back", () => {
  for (const local of ["2026-11-29T10:00", "2026-07-01T00:00:07", "2026-07-01T23:59:59.125"]) {
    expect(toLocal(toInstant(local))).toBe(local);
  }
});

test("a field that is not filled is no moment", () => {
  expect(["", "2026-13-40T10:00"].map(toInstant)).toEqual(["", ""]);
  expect(toLocal("")).toBe("");
});
