import type { Version } from "../api/client";
import { isolate } from "../ui/isolate";

const MOST = 80;

/** Give a version in a line to choose it by: its number, its labels and the begin of what was said of it. */
export function versionName({ number, isLatest, labels, commitMessage }: Version): string {
  const names = [...(isLatest ? ["latest"] : []), ...labels.map(isolate)].join(", ");
  const [first = ""] = commitMessage.split("\n", 1);
  const said = isolate(first.slice(0, MOST));
  return [`Version ${number}`, names, first.length > MOST ? `${said}…` : said].filter(Boolean).join(" · ");
}
