/** Which texts of messages are holes, as services/prompts/template.py has it; here only to show them. */

import { isObject, type JsonObject } from "../ui/json";
import { opened } from "./message";

interface Piece {
  text: string;
  /** The variable that fills it. Absent: it is text. */
  hole?: string;
}

const MAX_NAME = 64;
// A name has no braces, so no character is looked at more than three times, whatever the text.
const CANDIDATE = /\{\{[^{}]+\}\}|\{[^{}]+\}/g;
// An identifier of Python; inner hyphens are taken as well.
const IDENTIFIER = /^[\p{XID_Start}_][\p{XID_Continue}-]*$/u;

/** Part a text at its holes: `{name}` or `{{ name }}` of one of the variables. All other braces are text. */
export function parted(text: string, variables: ReadonlySet<string>): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const hole = listNames(match[0]).find((name) => variables.has(name));
    if (hole === undefined) continue;
    if (match.index > start) pieces.push({ text: text.slice(start, match.index) });
    pieces.push({ text: match[0], hole });
    start = match.index + match[0].length;
  }
  if (start < text.length) pieces.push({ text: text.slice(start) });
  return pieces;
}

/** Give the names of all holes of messages, in the order of first appearance. `declared` names may be of any kind. */
export function listHoles(messages: readonly unknown[], declared: Iterable<string>): string[] {
  const names = new Set(declared);
  return [...new Set(messages.flatMap(listTexts).flatMap((text) => holesOf(text, names)))];
}

/** Give the names of the holes of a text: of declared names, which may be of any kind, and of identifiers. */
export function holesOf(text: string, declared: ReadonlySet<string>): string[] {
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
  const inner = opened(message);
  if (!isChatMessage(inner)) return [];
  if (typeof inner.content === "string") return [inner.content];
  if (!Array.isArray(inner.content)) return [];
  return inner.content.filter((part) => part.type === "text").map((part) => part.text);
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
