import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { command, shellJson, shellQuote } from "./shell";

const HOSTILE = [
  "it's",
  "''",
  "$(id) `id` $HOME",
  '"; false & #',
  "!! \\ \\\\ \\n",
  "two\nlines\tand a tab",
  "-n * ? [a] {b,c} ~",
  "",
  "ü 漢字 🙂",
];
/** Give what a shell makes of a word. */
const echoed = (word: string) => execFileSync("sh", ["-c", `printf %s ${word}`]).toString();

test.each(HOSTILE)("a shell takes %j as it is", (text) => {
  expect(echoed(shellQuote(text))).toBe(text);
});

test("a plain word needs no quotes", () => {
  expect(shellQuote("http://127.0.0.1:8080/api/runs")).toBe("http://127.0.0.1:8080/api/runs");
  expect(shellQuote("/a?b=c&d")).toBe("'/a?b=c&d'");
});

test("JSON comes whole through a shell", () => {
  const value = Object.fromEntries([...HOSTILE, "__proto__", "\u202e\u0000\u009b\u2028"].map((name) => [name, name]));
  expect(JSON.parse(echoed(shellJson(value)))).toEqual(value);
});

test("what is unsafe to paste is escaped", () => {
  expect(shellJson("a\u202eb\u009bc\ud83d!!")).toBe(String.raw`'"a\u202eb\u009bc\ud83d\u0021\u0021"'`);
});

test("a command goes over lines", () => {
  expect(echoed(command("a", "b"))).toBe("ab");
});
