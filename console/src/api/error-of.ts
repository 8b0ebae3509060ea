/** Give what was raised as an Error. */
export function errorOf(raised: unknown): Error {
  return raised instanceof Error ? raised : new Error(String(raised));
}
