/** Whether a browser can name this in a path: it takes single and double dots, escaped or not, as steps in it. */
export function isAddressable(name: string): boolean {
  return name !== "." && name !== "..";
}
