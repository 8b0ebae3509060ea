import { parseJson } from "../../ui/json";

/** Give a text with its JSON spread out over lines; as it is when it is no JSON object or list. */
export function pretty(text: string): { text: string; isJson: boolean } {
  const { value } = parseJson(text);
  const isJson = typeof value === "object" && value !== null;
  return { text: isJson ? JSON.stringify(value, null, 2) : text, isJson };
}
