/** Two texts side by side, line by line, with the words that differ within a line. */

import { diffArrays, diffWordsWithSpace } from "diff";

interface Span {
  text: string;
  /** Whether it is in this line alone, and not in the one beside it. */
  isOwn: boolean;
}

export interface Line {
  number: number;
  spans: Span[];
}

export interface Row {
  /** Whether both lines are equal. */
  isSame: boolean;
  old?: Line;
  new?: Line;
}

/** Rows in their order; equal ones far from any change are `hidden`. */
export interface Block {
  rows: Row[];
  isHidden: boolean;
}

// Texts that have little in common take long to compare; then they are told as wholly different.
const TIMEOUT = { timeout: 500 };
const FEW_WORDS = { maxEditLength: 100 };
const NEAR = 3;

/** Compare two texts. */
export function compareTexts(old: string, next: string): Row[] {
  const texts = [toLines(old), toLines(next)] as const;
  const changes = diffArrays(...texts, TIMEOUT) ?? [
    { value: texts[0], removed: true, added: false },
    { value: texts[1], removed: false, added: true },
  ];
  const rows: Row[] = [];
  const numbers = { old: 0, new: 0 };
  // Lines of the old text, until it is known which new ones stand in their place.
  const gone: string[] = [];
  const line = (side: "old" | "new", spans: Span[]): Line => ({ number: ++numbers[side], spans });
  const flush = (come: readonly string[]) => {
    for (let at = 0; at < Math.max(gone.length, come.length); at++) {
      const spans = compareLines(gone[at], come[at]);
      rows.push({
        isSame: false,
        ...(spans.old && { old: line("old", spans.old) }),
        ...(spans.new && { new: line("new", spans.new) }),
      });
    }
    gone.length = 0;
  };
  for (const change of changes) {
    if (change.removed) gone.push(...change.value);
    else if (change.added) flush(change.value);
    else {
      flush([]);
      for (const text of change.value) {
        const spans = [{ text, isOwn: false }];
        rows.push({ isSame: true, old: line("old", spans), new: line("new", spans) });
      }
    }
  }
  flush([]);
  return rows;
}

/** Part rows so that of long equal stretches only the lines near a change are shown. */
export function fold(rows: readonly Row[], near = NEAR): Block[] {
  const blocks: Block[] = [];
  const isNear = (at: number) => rows.slice(Math.max(0, at - near), at + near + 1).some(({ isSame }) => !isSame);
  for (const [at, row] of rows.entries()) {
    const isHidden = !isNear(at);
    const last = blocks.at(-1);
    if (last?.isHidden === isHidden) last.rows.push(row);
    else blocks.push({ rows: [row], isHidden });
  }
  return blocks;
}

function toLines(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}

/** Give the spans of two lines, of which one may be missing. */
function compareLines(old?: string, next?: string): { old?: Span[]; new?: Span[] } {
  if (old === undefined) return { new: [{ text: next ?? "", isOwn: false }] };
  if (next === undefined) return { old: [{ text: old, isOwn: false }] };
  const words = diffWordsWithSpace(old, next, FEW_WORDS);
  if (!words) return { old: [{ text: old, isOwn: true }], new: [{ text: next, isOwn: true }] };
  return {
    old: words.filter(({ added }) => !added).map(({ value, removed }) => ({ text: value, isOwn: removed })),
    new: words.filter(({ removed }) => !removed).map(({ value, added }) => ({ text: value, isOwn: added })),
  };
}
