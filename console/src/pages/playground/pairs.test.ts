import { expect, test } from "vitest";
import { parsePairs } from "./pairs";

test("pairs are lines, with blanks around them or not", () => {
  expect(parsePairs("team=search\n\n  stage = test = 1 \nempty=")).toEqual({
    pairs: { team: "search", stage: "test = 1", empty: "" },
  });
});

test("a name may be that of what every object has", () => {
  expect(JSON.stringify(parsePairs("__proto__=1").pairs)).toBe('{"__proto__":"1"}');
});

test("what is no pair is told", () => {
  expect(parsePairs("team").fault).toBe("“team” is no pair such as team=search.");
  expect(parsePairs("=x").fault).toContain("no pair");
  expect(parsePairs("a=1\na=2").fault).toBe("a is there twice.");
});
