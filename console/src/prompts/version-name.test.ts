import { expect, test } from "vitest";
import type { Version } from "../api/client";
import { versionName } from "./version-name";

const name = (given: Partial<Version>) =>
  versionName({ number: "3", isLatest: false, labels: [], commitMessage: "", ...given } as Version);

test("a version is named by its number and what tells it from others", () => {
  expect(name({})).toBe("Version 3");
  expect(name({ isLatest: true, labels: ["staging", "production"], commitMessage: "Be short\n\nand kind" })).toBe(
    "Version 3 · latest, staging, production · Be short",
  );
  expect(name({ commitMessage: "x".repeat(99) })).toBe(`Version 3 · ${"x".repeat(80)}…`);
});
