import { expect, test } from "vitest";
import type { Variable } from "../api/client";
import { givenInputs, strictVariables } from "./given";

function variable(name: string, more: Partial<Variable> = {}): Variable {
  return { name, type: "TYPE_TEXT", required: true, description: "", options: [], allowEmpty: false, ...more };
}

test("values are given by name, and those of other names are not", () => {
  expect(givenInputs([variable("a"), variable("b")], { a: "x", other: "y" })).toEqual({ a: "x" });
});

test("an empty field is an empty text where that is a value and nothing stands in for it", () => {
  const empty = variable("a", { allowEmpty: true });
  expect(givenInputs([empty], {})).toEqual({ a: "" });
  expect(givenInputs([variable("a", { allowEmpty: true, defaultValue: "x" })], {})).toEqual({});
  expect(givenInputs([variable("a", { allowEmpty: true, type: "TYPE_SELECT" })], {})).toEqual({});
});

test("in a strict prompt nothing stands in for a value", () => {
  expect(strictVariables([variable("a", { required: false, defaultValue: "x" })])).toEqual([variable("a")]);
});

test("a variable may have the name of what every object has", () => {
  const variables = [variable("constructor"), variable("__proto__"), variable("toString")];
  expect(givenInputs(variables, {})).toEqual({});
  const given = givenInputs(variables, JSON.parse('{"__proto__": "x"}'));
  expect(JSON.stringify(given)).toBe('{"__proto__":"x"}');
});
