import { expect, test } from "vitest";
import { lacking, PRESETS, SCOPES, sameScopes } from "./scopes";

test("sets for a purpose hold scopes that there are", () => {
  const known = SCOPES.map(([scope]) => scope);
  for (const { scopes } of PRESETS) expect(lacking(scopes, known)).toEqual([]);
});

test("the order of scopes does not matter", () => {
  expect(sameScopes(["runs:read", "runs:write"], ["runs:write", "runs:read"])).toBe(true);
  expect(sameScopes(["runs:read"], ["runs:write"])).toBe(false);
  expect(sameScopes(["runs:read"], ["runs:read", "runs:write"])).toBe(false);
});

test("scopes that the caller lacks are told", () => {
  expect(lacking(["keys:write", "runs:read"], ["runs:read"])).toEqual(["keys:write"]);
});
