export interface Piece {
  text: string;
  /** The variable that fills it. Absent: it is text. */
  hole?: string;
}

// A name has no braces, so no character is looked at more than three times, whatever the text.
const CANDIDATE = /\{\{[^{}]+\}\}|\{[^{}]+\}/g;

/** Part a text at its holes: `{name}` or `{{ name }}` of one of the variables. All other braces are text. */
export function parted(text: string, variables: ReadonlySet<string>): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const hole = listNames(match[0]).find((name) => variables.has(name));
    if (hole === undefined) continue;
    if (match.index > start) pieces.push({ text: text.slice(start, match.index) });
    pieces.push({ text: match[0], hole });
    start = match.index + match[0].length;
  }
  if (start < text.length) pieces.push({ text: text.slice(start) });
  return pieces;
}

function listNames(candidate: string): string[] {
  const inner = candidate.replace(/^\{+|\}+$/g, "");
  return candidate.startsWith("{{") ? [inner, inner.replace(/^ +| +$/g, "")] : [inner];
}
