import { expect, test } from "vitest";
import { compareTexts, fold, type Line } from "./diff";

/** Give rows in short: each side with its number, and what is its own in brackets. */
const short = (old: string, next: string) =>
  compareTexts(old, next).map((row) => [row.isSame ? "=" : "x", side(row.old), side(row.new)]);
const side = (line?: Line) =>
  line && `${line.number} ${line.spans.map(({ text, isOwn }) => (isOwn ? `[${text}]` : text)).join("")}`;

test("lines that changed stand beside each other, their words marked", () => {
  expect(short("one\nan old line\nend", "one\na new line\nend")).toEqual([
    ["=", "1 one", "1 one"],
    ["x", "2 [an] [old] line", "2 [a] [new] line"],
    ["=", "3 end", "3 end"],
  ]);
});

test("lines may come and go", () => {
  expect(short("a\nb\nc", "a\nc\nd")).toEqual([
    ["=", "1 a", "1 a"],
    ["x", "2 b", undefined],
    ["=", "3 c", "2 c"],
    ["x", undefined, "3 d"],
  ]);
  expect(short("", "a\n")).toEqual([
    ["x", undefined, "1 a"],
    ["x", undefined, "2 "],
  ]);
  expect(short("a", "")).toEqual([["x", "1 a", undefined]]);
});

test("equal texts have no change, and no text no lines", () => {
  expect(compareTexts("a\nb", "a\nb").every(({ isSame }) => isSame)).toBe(true);
  expect(compareTexts("", "")).toEqual([]);
});

test("texts with nothing in common take no longer than they may", () => {
  const text = (seed: number) => Array.from({ length: 5_000 }, (_, at) => `${at * seed}`).join("\n");
  expect(compareTexts(text(7), text(11)).length).toBeGreaterThan(5_000 - 1);
});

test("equal lines far from a change are hidden", () => {
  const text = (middle: string) => ["a", "b", "c", middle, "d", "e", "f"].join("\n");
  const blocks = fold(compareTexts(text("x"), text("y")), 1);
  expect(blocks.map(({ rows, isHidden }) => [rows.length, isHidden])).toEqual([
    [2, true],
    [3, false],
    [2, true],
  ]);
});
