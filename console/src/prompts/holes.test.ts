import { expect, test } from "vitest";
import { listHoles, parted } from "./holes";

const marked = (text: string, ...variables: string[]) =>
  parted(text, new Set(variables)).map(({ text, hole }) => (hole === undefined ? text : [text, hole]));

test("a text is parted at holes in one or two braces are told from text", () => {
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

const user = (content: unknown) => ({ role: "user", content });
const holes = (text: string, ...declared: string[]) => listHoles([user(text)], declared);

test("single and double braces around an identifier are a hole", () => {
  expect(holes("{a} {{b}} {{ c }} {a}")).toEqual(["a", "b", "c"]);
  expect(holes("{größe} {_x1} {inner-hyphen} {名前}")).toEqual(["größe", "_x1", "inner-hyphen", "名前"]);
});

test("other braces are text", () => {
  expect(holes('{"json": 1} { a } {1a} {-a} {a-} {} {a b} {{a}')).toEqual(["a"]);
  expect(holes('{"json": 1} { a } {1a} {-a} {a-} {} {a b} {{"a"}}')).toEqual([]);
  expect([holes(`{${"a".repeat(64)}}`).length, holes(`{${"a".repeat(65)}}`).length]).toEqual([1, 0]);
});

test("what is inside three braces is a hole, and the braces around it are text", () => {
  expect(holes("{{{a}}}")).toEqual(["a"]);
  expect(holes("{{a}}}")).toEqual(["a"]);
});

test("a declared name may be of any kind, and its blanks are its own", () => {
  expect(holes("{two words} {{ spaced }}", "two words", " spaced ")).toEqual(["two words", " spaced "]);
  expect(holes("{{ spaced }}", "other")).toEqual(["spaced"]);
});

test("parts of type text have holes, others have none", () => {
  const parts = [
    { type: "text", text: "{a}" },
    { type: "image_url", image_url: { url: "{b}" } },
  ];
  expect(listHoles([user(parts), { role: "assistant", tool_calls: ["{c}"] }], [])).toEqual(["a"]);
});

test("envelopes are opened", () => {
  const answer = { choices: [{ message: { role: "assistant", content: "{a}" } }] };
  expect(listHoles([{ payload: answer }, { id: 7, payload: user("{b}") }], [])).toEqual(["a", "b"]);
});

test("what is no chat message has no holes", () => {
  const messages = [
    null,
    "{a}",
    { content: "{b}" },
    { role: "user" },
    user([{ type: "text" }, { type: "text", text: "{c}" }]),
  ];
  expect(listHoles(messages, [])).toEqual([]);
});
