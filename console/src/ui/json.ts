/** JSON that people write: read with its faults, and printed to be read. */

import { errorOf } from "../api/error-of";

export type Parsed<T> = { value: T; fault?: undefined } | { value?: undefined; fault: string };
export type JsonObject = Record<string, unknown>;

/** Read any JSON. */
export function parseJson(text: string): Parsed<unknown> {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: errorOf(error).message };
  }
}

/** Read a JSON object; nothing at all is one without members. */
export function parseObject(text: string): Parsed<JsonObject> {
  if (!text.trim()) return { value: {} };
  const { value, fault } = parseJson(text);
  if (fault !== undefined) return { fault };
  return isObject(value) ? { value } : { fault: 'It must be an object: {"name": …}' };
}

/** Print JSON on several lines; an object without members as nothing. */
export function printObject(object: JsonObject | undefined): string {
  return object && Object.keys(object).length ? JSON.stringify(object, null, 2) : "";
}

/** Print any JSON with the members of objects by name, where their order means nothing; undefined as nothing. */
export function printSorted(value: unknown): string {
  return JSON.stringify(value, sorted, 2) ?? "";
}

function sorted(_: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
