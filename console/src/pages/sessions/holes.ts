/** Which texts of messages are holes, as services/prompts/template.py has it; here only to show them. */

import { isObject, type JsonObject } from "../../ui/json";

const MAX_NAME = 64;
const CANDIDATE = /\{\{[^{}]+\}\}|\{[^{}]+\}/g;
// An identifier of Python; inner hyphens are taken as well.
const IDENTIFIER = /^[\p{XID_Start}_][\p{XID_Continue}-]*$/u;

/** Give the names of all holes, in the order of first appearance. `declared` names may be of any kind. */
export function listHoles(messages: readonly unknown[], declared: Iterable<string>): string[] {
  const names = new Set(declared);
  const holes = messages.flatMap(listTexts).flatMap((text) => holesOf(text, names));
  return [...new Set(holes)];
}

function holesOf(text: string, declared: ReadonlySet<string>): string[] {
  return [...text.matchAll(CANDIDATE)].flatMap(([candidate]) => {
    const name = listNames(candidate).find((each) => declared.has(each) || isIdentifier(each));
    return name === undefined ? [] : [name];
  });
}

function listNames(candidate: string): string[] {
  const isDouble = candidate.startsWith("{{");
  const inner = isDouble ? candidate.slice(2, -2) : candidate.slice(1, -1);
  return isDouble ? [inner, inner.replace(/^ +| +$/g, "")] : [inner];
}

function isIdentifier(name: string): boolean {
  return [...name].length <= MAX_NAME && IDENTIFIER.test(name) && !name.endsWith("-");
}

function listTexts(message: unknown): string[] {
  const inner = open(message);
  if (!isChatMessage(inner)) return [];
  if (typeof inner.content === "string") return [inner.content];
  if (!Array.isArray(inner.content)) return [];
  return inner.content.filter((part) => part.type === "text").map((part) => part.text);
}

/** Give the chat message in an envelope: its payload, or what the model said where that is an answer. */
function open(message: unknown): unknown {
  if (!isObject(message) || "role" in message || !isObject(message.payload)) return message;
  const { choices } = message.payload;
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return isObject(first) && isObject(first.message) ? first.message : message.payload;
}

function isChatMessage(message: unknown): message is JsonObject {
  if (!isObject(message) || typeof message.role !== "string" || !message.role) return false;
  const { role, content } = message;
  if (Array.isArray(content)) return content.every(isPart);
  return typeof content === "string" || ((content ?? null) === null && role === "assistant");
}

function isPart(part: unknown): boolean {
  if (!isObject(part) || typeof part.type !== "string") return false;
  return part.type !== "text" || typeof part.text === "string";
}
