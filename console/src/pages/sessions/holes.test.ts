import { expect, test } from "vitest";
import { listHoles } from "./holes";

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
