/** Settings for a model as one text of JSON, of which fields show and change single ones. */

import { type JsonObject, parseObject, printObject } from "../ui/json";

/** Give the text with a parameter set, or taken out where there is no value. What cannot be read stays as it is. */
export function withParameter(text: string, name: string, value: unknown): string {
  const { value: known } = parseObject(text);
  if (!known) return text;
  const { [name]: _, ...others } = known;
  if (value === undefined) return printObject(others);
  // One that is there keeps its place.
  return printObject({ ...known, [name]: value });
}

/** Give the stop sequences one a line; undefined where they are no such thing. */
export function readStops(parameters: JsonObject): string | undefined {
  const { stop } = parameters;
  const stops = stop === undefined || stop === null ? [] : typeof stop === "string" ? [stop] : stop;
  if (!Array.isArray(stops)) return undefined;
  return stops.every((each) => typeof each === "string" && !each.includes("\n")) ? stops.join("\n") : undefined;
}

/** Give the parameter `stop` of sequences one a line. */
export function toStops(text: string): string[] | undefined {
  const stops = text.split("\n");
  return stops.some(Boolean) ? stops : undefined;
}

/** Give the number that a text says; undefined for one that says none. */
export function toNumber(text: string): number | undefined {
  const number = text.trim() ? Number(text.trim()) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
