import { expect, test } from "vitest";
import { size } from "./size";

test("sizes are told in the unit that fits", () => {
  expect([0, 820, "1000", 3_440_000, 5e15].map(size)).toEqual(["0 B", "820 B", "1.0 kB", "3.4 MB", "5000.0 TB"]);
});
