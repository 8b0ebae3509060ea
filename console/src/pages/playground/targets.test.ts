import { expect, test } from "vitest";
import { readTargets, type Targets, writeTargets } from "./targets";

test("what is written is read again", () => {
  const all: Targets[] = [
    [{}],
    [{ promptId: "p" }],
    [{ versionId: "v" }],
    [{ promptId: "p" }, { versionId: "w" }],
    [{ versionId: "v" }, {}],
    [{}, { promptId: "q" }],
  ];
  expect(all.map((targets) => readTargets(writeTargets(targets)))).toEqual(all);
});

test("a version goes before a prompt", () => {
  expect(readTargets(new URLSearchParams("prompt=p&version=v"))).toEqual([{ versionId: "v" }]);
});
