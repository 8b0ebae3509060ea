import { expect, test } from "vitest";
import { readMessage } from "./message";

test("texts are read as they are", () => {
  expect(readMessage({ role: "user", content: "hi" })).toEqual({ role: "user", text: "hi" });
  const content = [{ type: "text", text: "one" }, "two", { type: "image_url" }];
  expect(readMessage({ role: "user", content }).text).toBe('one\n\ntwo\n\n{\n  "type": "image_url"\n}');
});

test("everything else is told, too", () => {
  expect(readMessage({ role: "assistant", content: null, tool_calls: [] })).toEqual({
    role: "assistant",
    text: '{\n  "tool_calls": []\n}',
  });
  expect(readMessage(7)).toEqual({ role: "message", text: "7" });
});
