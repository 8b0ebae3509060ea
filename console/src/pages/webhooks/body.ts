/** Give a text with its JSON spread out over lines; as it is when it is no JSON object or list. */
export function pretty(text: string): { text: string; isJson: boolean } {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === "object") return { text: JSON.stringify(value, null, 2), isJson: true };
  } catch {
    // It is some other text.
  }
  return { text, isJson: false };
}
