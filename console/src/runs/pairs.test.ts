import { expect, test } from "vitest";
import { parsePairs, printPairs } from "./pairs";

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

test("what is printed is read again", () => {
  const pairs = { team: "search", stage: "test = 1", empty: "", ["__proto__"]: "x" };
  const { text, left } = printPairs(pairs);
  expect(Object.entries(parsePairs(text).pairs)).toEqual(Object.entries(pairs));
  expect(left).toEqual([]);
});

test("a pair that no line says is left", () => {
  const pairs = { lines: "a\nb", " blank": "", "a=b": "c", "": "x", edges: " x ", ok: "1" };
  expect(printPairs(pairs)).toEqual({ text: "ok=1", left: ["lines", " blank", "a=b", "", "edges"] });
});
