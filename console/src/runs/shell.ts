/** Lines for sh, bash and zsh that hold whatever people called their prompts and variables. */

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;
// What changes how a terminal or a page shows the rest, or shows as nothing; and what bash before 5 takes for history on
// all lines of a quoted word but the first.
const UNSAFE = /[!\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Quote a word so that a shell takes it as it is. */
export function shellQuote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Give JSON as a word for a shell, in lines, with all that is unsafe to paste as escapes. */
export function shellJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return shellQuote(text.replace(UNSAFE, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

/** Put the parts of a command on lines of their own. */
export function command(...parts: string[]): string {
  return parts.join(" \\\n  ");
}
