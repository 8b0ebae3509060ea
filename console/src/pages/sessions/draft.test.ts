import { expect, test } from "vitest";
import type { Session } from "../../api/client";
import {
  completed,
  type Draft,
  fingerprint,
  listUndeclared,
  listUnreadable,
  listUnused,
  toContent,
  toDraft,
} from "./draft";
import { turned } from "./message-draft";

const SESSION: Session = {
  id: "s",
  serial: "1",
  promptId: "p",
  name: "",
  messages: [
    { role: "user", content: "Say {what} in {tone}", name: "me" },
    { role: "user", content: [{ type: "text", text: "{part}" }] },
  ],
  firstMessageSerial: "1",
  variables: [
    {
      name: "tone",
      type: "TYPE_TEXT",
      required: false,
      description: "",
      options: [],
      allowEmpty: false,
      defaultValue: "",
    },
    { name: "idle", type: "TYPE_TEXT", required: true, description: "", options: [], allowEmpty: false },
  ],
  images: [{ description: "a cat" }],
  provider: "",
  model: "m",
  parameters: { temperature: 0.2 },
  inputs: { what: "it" },
  outputFormat: { type: "TYPE_JSON", schema: { type: "object" } },
};
const DRAFT = toDraft(SESSION);

test("what is not changed is saved as it was", () => {
  const { messages, variables, images, provider, model, parameters, inputs, outputFormat } = SESSION;
  expect(toContent(DRAFT)).toEqual({ messages, variables, images, provider, model, parameters, inputs, outputFormat });
});

test("a schema is saved with JSON alone, and is not lost by a look at the other formats", () => {
  const other: Draft = { ...DRAFT, format: "TYPE_LIST" };
  expect(toContent(other).outputFormat).toEqual({ type: "TYPE_LIST" });
  expect(toContent({ ...other, format: "TYPE_JSON" }).outputFormat).toEqual(SESSION.outputFormat);
  expect(toContent({ ...DRAFT, schema: " " }).outputFormat).toEqual({ type: "TYPE_JSON" });
});

test("messages with a text are edited as such, and others as JSON", () => {
  expect(DRAFT.messages.map(({ as }) => as)).toEqual(["text", "json"]);
  const [chat, json] = DRAFT.messages;
  if (!chat || !json) throw new Error("messages are missing");
  expect(turned(turned(chat))).toEqual(chat);
  expect(turned(json)).toBe(json);
});

test("holes without a variable are found, and variables without a hole", () => {
  expect(listUndeclared(DRAFT)).toEqual(["what", "part"]);
  expect([...listUnused(DRAFT)]).toEqual(["idle"]);
  expect(completed(DRAFT).map(({ name }) => name)).toEqual(["tone", "idle", "what", "part"]);
});

test("JSON that cannot be read is told by its place", () => {
  const [first] = DRAFT.messages;
  const broken: Draft = {
    ...DRAFT,
    messages: [...(first ? [first] : []), { key: 9, as: "json", json: "{" }],
    parameters: "[]",
    schema: "nothing",
  };
  expect(listUnreadable(broken)).toEqual(["message 2", "the parameters", "the schema"]);
  expect(listUnreadable({ ...broken, format: "TYPE_TEXT" })).toEqual(["message 2", "the parameters"]);
  expect(listUnreadable(DRAFT)).toEqual([]);
});

test("drafts are told apart by what they say, not by their keys", () => {
  expect(fingerprint(toDraft(SESSION))).toBe(fingerprint(DRAFT));
  expect(fingerprint({ ...DRAFT, model: "" })).not.toBe(fingerprint(DRAFT));
  expect(fingerprint({ ...DRAFT, inputs: { what: "key" } })).not.toBe(fingerprint(DRAFT));
});
