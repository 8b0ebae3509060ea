import { expect, test } from "vitest";
import { parseJson, parseObject, printObject, printSorted } from "./json";

test("any JSON is read, and its faults are told", () => {
  expect(parseJson("[1, null]")).toEqual({ value: [1, null] });
  expect(parseJson("{").fault).toContain("JSON");
});

test("objects are read, also from nothing", () => {
  expect(parseObject(' {"a": 1} ')).toEqual({ value: { a: 1 } });
  expect(parseObject(" \n")).toEqual({ value: {} });
  expect([parseObject("[]"), parseObject("null"), parseObject("3")].map(({ fault }) => fault)).toEqual(
    Array(3).fill('It must be an object: {"name": …}'),
  );
});

test("objects without members are printed as nothing", () => {
  expect([printObject(undefined), printObject({}), printObject({ a: 1 })]).toEqual(["", "", '{\n  "a": 1\n}']);
});

test("sorted members come by name at every level, items in their order", () => {
  expect(printSorted({ b: [{ d: 1, c: 2 }, 0], a: null })).toBe(
    '{\n  "a": null,\n  "b": [\n    {\n      "c": 2,\n      "d": 1\n    },\n    0\n  ]\n}',
  );
  expect(printSorted(undefined)).toBe("");
});

test("a member named __proto__ is a member like others", () => {
  expect(printSorted(JSON.parse('{"__proto__": {"a": 1}}'))).toContain('"__proto__"');
});
