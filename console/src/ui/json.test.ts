import { expect, test } from "vitest";
import { parseJson, parseObject, printObject } from "./json";

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
