import { expect, test } from "vitest";
import { ago, between, compact, counted, milliseconds, span } from "./format";

test("times are told in the greatest unit that fits", () => {
  expect(ago(-500)).toBe("just now");
  expect(ago(-90_000)).toBe("1 min. ago");
  expect(ago(-7_200_000)).toBe("2 hr. ago");
  expect(ago(86_400_000)).toBe("tomorrow");
});

test("spans read as people say them", () => {
  expect([820, 3400, 45_000, 125_000].map(span)).toEqual(["820 ms", "3.40 s", "45.0 s", "2 min 5 s"]);
  expect(between("2026-11-29T10:00:00Z", "2026-11-29T10:00:01.5Z")).toBe(1500);
  expect(between("2026-11-29T10:00:00Z", undefined)).toBeUndefined();
  expect(milliseconds("1.250s")).toBe(1250);
});

test("numbers come as texts, too", () => {
  expect(counted("1", "run")).toBe("1 run");
  expect(counted(1234, "run")).toBe("1,234 runs");
  expect(compact("12400")).toBe("12.4K");
});
