/** A message as it is edited: its role and text, or all of it as JSON. */

import { isObject, type JsonObject, type Parsed, parseJson } from "../../ui/json";

export interface ChatDraft {
  key: number;
  as: "text";
  role: string;
  content: string;
  /** What else it holds, such as `name`; it stays as it is. */
  others: JsonObject;
}

interface JsonDraft {
  key: number;
  as: "json";
  json: string;
}

export type MessageDraft = ChatDraft | JsonDraft;

export const ROLES = ["system", "user", "assistant"];

/** Give the draft of a message: as text where that is all that there is to edit, else as JSON. */
export function toMessageDraft(message: unknown, key: number): MessageDraft {
  return toChat(message, key) ?? { key, as: "json", json: JSON.stringify(message, null, 2) };
}

/** Give the message that a draft stands for. */
export function readMessage(draft: MessageDraft): Parsed<unknown> {
  if (draft.as === "json") return parseJson(draft.json);
  return { value: { role: draft.role, content: draft.content, ...draft.others } };
}

/** Give the draft the other way of editing; itself where its JSON is no message with a text. */
export function turned(draft: MessageDraft): MessageDraft {
  const { value } = readMessage(draft);
  if (draft.as === "text") return { key: draft.key, as: "json", json: JSON.stringify(value, null, 2) };
  return toChat(value, draft.key) ?? draft;
}

function toChat(message: unknown, key: number): ChatDraft | undefined {
  if (!isObject(message)) return undefined;
  const { role, content, ...others } = message;
  if (typeof role !== "string" || !role || typeof content !== "string") return undefined;
  return { key, as: "text", role, content, others };
}
