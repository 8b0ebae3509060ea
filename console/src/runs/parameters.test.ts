import { expect, test } from "vitest";
import { readStops, toNumber, toStops, withParameter } from "./parameters";

test("a parameter is set in its place, and taken out", () => {
  const text = '{"a": 1, "b": 2}';
  expect(withParameter(text, "a", 3)).toBe('{\n  "a": 3,\n  "b": 2\n}');
  expect(withParameter(text, "a", undefined)).toBe('{\n  "b": 2\n}');
  expect(withParameter('{"a": 1}', "a", undefined)).toBe("");
  expect(withParameter("", "a", 0)).toBe('{\n  "a": 0\n}');
});

test("what cannot be read is not changed", () => {
  expect(withParameter('{"a": 1', "a", 2)).toBe('{"a": 1');
});

test("stop sequences are lines, unless they have lines themselves", () => {
  expect([readStops({}), readStops({ stop: "a" }), readStops({ stop: ["a", " b"] })]).toEqual(["", "a", "a\n b"]);
  expect([readStops({ stop: "\n" }), readStops({ stop: [1] }), readStops({ stop: {} })]).toEqual(
    Array(3).fill(undefined),
  );
  expect([toStops("a\nb"), toStops(""), toStops("\n")]).toEqual([["a", "b"], undefined, undefined]);
});

test("numbers are read strictly", () => {
  expect(["0.5", " 7 ", "1e-3"].map(toNumber)).toEqual([0.5, 7, 0.001]);
  expect(["", "x", "1,5", "Infinity"].map(toNumber)).toEqual(Array(4).fill(undefined));
});
