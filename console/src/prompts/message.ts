/** What of a message is for people: messages may be any JSON. */

import { isObject } from "../ui/json";

export type Part = { text: string } | { json: unknown };

interface ChatMessage {
  role: string;
  parts: Part[];
}

/** Read a chat message, or the one that an envelope holds; undefined for all else. */
export function readMessage(message: unknown): ChatMessage | undefined {
  const inner = opened(message);
  if (!isObject(inner) || typeof inner.role !== "string" || !inner.role) return undefined;
  const { role, content, ...rest } = inner;
  const parts = readContent(content);
  if (!parts) return undefined;
  return { role, parts: Object.keys(rest).length > 0 ? [...parts, { json: rest }] : parts };
}

function readContent(content: unknown): Part[] | undefined {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [{ text: content }];
  return Array.isArray(content) ? content.map(readPart) : undefined;
}

function readPart(part: unknown): Part {
  const isText = isObject(part) && part.type === "text" && Object.keys(part).length === 2;
  return isText && typeof part.text === "string" ? { text: part.text } : { json: part };
}

/** Give what an envelope holds, an object with `payload`: that, or what the model said where it is an answer. */
export function opened(message: unknown): unknown {
  if (!isObject(message) || "role" in message || !isObject(message.payload)) return message;
  const { choices } = message.payload;
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return isObject(first) && isObject(first.message) ? first.message : message.payload;
}
