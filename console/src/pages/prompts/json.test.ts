import { expect, test } from "vitest";
import { print } from "./json";

test("members come by name at every level, items in their order", () => {
  expect(print({ b: [{ d: 1, c: 2 }, 0], a: null })).toBe(
    '{\n  "a": null,\n  "b": [\n    {\n      "c": 2,\n      "d": 1\n    },\n    0\n  ]\n}',
  );
  expect(print(undefined)).toBe("");
});

test("a member named __proto__ is a member like others", () => {
  expect(print(JSON.parse('{"__proto__": {"a": 1}}'))).toContain('"__proto__"');
});
