/** Give the names on the way to a place, of a JSON pointer such as `#/inputs/a~1b%20c`. */
export function stepsOf(pointer: string): string[] {
  const steps = pointer.replace(/^#?\//, "").split("/");
  return steps.map((step) => decode(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
