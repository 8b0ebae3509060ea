/** Give why the console can do nothing with a label of this name; undefined: it can. */
export function nameFault(name: string): string | undefined {
  // Browsers take single and double dots in a path, escaped or not, as steps in it.
  const isStep = name === "." || name === "..";
  return isStep ? "Browsers cannot name this label to the server: that takes gRPC." : undefined;
}
