import { expect, test } from "vitest";
import { parted } from "./holes";

const marked = (text: string, ...variables: string[]) =>
  parted(text, new Set(variables)).map(({ text, hole }) => (hole === undefined ? text : [text, hole]));

test("holes in one or two braces are told from text", () => {
  expect(marked("Explain {topic} to {{ reader }}.", "topic", "reader")).toEqual([
    "Explain ",
    ["{topic}", "topic"],
    " to ",
    ["{{ reader }}", "reader"],
    ".",
  ]);
});

test("all other braces are text", () => {
  expect(marked('{"a": {b}} {other} { a } {}', "a", "b")).toEqual(['{"a": ', ["{b}", "b"], "} {other} { a } {}"]);
});

test("a declared name may hold anything but braces", () => {
  expect(marked("{it's a name}{ x }", "it's a name", " x ")).toEqual([
    ["{it's a name}", "it's a name"],
    ["{ x }", " x "],
  ]);
});

test("a text without holes stays whole, and nothing gives nothing", () => {
  expect([marked("plain"), marked("")]).toEqual([["plain"], []]);
});
