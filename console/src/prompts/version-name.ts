import type { Version } from "../api/client";

const MOST = 80;

/** Give a version in a line to choose it by: its number, its labels and the begin of what was said of it. */
export function versionName({ number, isLatest, labels, commitMessage }: Version): string {
  const names = [...(isLatest ? ["latest"] : []), ...labels].join(", ");
  const [said = ""] = commitMessage.split("\n", 1);
  return [`Version ${number}`, names, said.length > MOST ? `${said.slice(0, MOST)}…` : said]
    .filter(Boolean)
    .join(" · ");
}
