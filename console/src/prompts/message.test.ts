import { expect, test } from "vitest";
import { readMessage } from "./message";

const said = { role: "user", content: "hello" };
const read = { role: "user", parts: [{ text: "hello" }] };

test("a chat message has a role and texts", () => {
  expect(readMessage(said)).toEqual(read);
  expect(readMessage({ ...said, content: [{ type: "text", text: "a" }, { type: "image_url" }] })?.parts).toEqual([
    { text: "a" },
    { json: { type: "image_url" } },
  ]);
});

test("what else it holds stays JSON", () => {
  expect(readMessage({ role: "assistant", content: null, tool_calls: [] })?.parts).toEqual([
    { json: { tool_calls: [] } },
  ]);
});

test("envelopes are opened as a run opens them", () => {
  expect(readMessage({ type: "x", payload: said })).toEqual(read);
  expect(readMessage({ payload: { choices: [{ message: said }] } })).toEqual(read);
});

test("all else is no chat message", () => {
  for (const other of ["text", 1, null, [], {}, { role: "" }, { role: "user", content: 1 }, { payload: {} }])
    expect(readMessage(other)).toBeUndefined();
});
