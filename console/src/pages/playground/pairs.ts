/** Pairs of a name and a value, one a line: `name=value`. */

interface Pairs {
  pairs: Record<string, string>;
  fault?: string;
}

export function parsePairs(text: string): Pairs {
  const pairs = new Map<string, string>();
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (!line) continue;
    const at = line.indexOf("=");
    if (at < 1) return { pairs: {}, fault: `“${line}” is no pair such as team=search.` };
    const name = line.slice(0, at).trim();
    if (pairs.has(name)) return { pairs: {}, fault: `${name} is there twice.` };
    pairs.set(name, line.slice(at + 1).trim());
  }
  return { pairs: Object.fromEntries(pairs) };
}
