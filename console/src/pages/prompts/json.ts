/** Print a JSON value with the members of objects by name: the server keeps no order of them. */
export function print(value: unknown): string {
  return JSON.stringify(value, sorted, 2) ?? "";
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries);
}
