/** What a version or a draft says, as lines of text: to see what changed. */

import { structuredPatch } from "diff";
import type { Version } from "../../api/client";
import { isObject } from "../../ui/json";
import { completed, type Draft, toContent } from "./draft";

type Content = Pick<
  Version,
  "messages" | "variables" | "images" | "provider" | "model" | "parameters" | "outputFormat"
>;

export interface ChangedLine {
  kind: "added" | "removed" | "same" | "gap";
  text: string;
}

const MARKS: Record<string, ChangedLine["kind"]> = { "+": "added", "-": "removed", " ": "same" };

/** Give the content of the version that a draft would become. */
export function toVersionContent(draft: Draft): Content {
  return { ...toContent(draft), variables: completed(draft) };
}

/** Give the lines that differ, with a few around them; none: nothing differs. */
export function listChanges(base: Content, draft: Content): ChangedLine[] {
  const { hunks } = structuredPatch("", "", print(base), print(draft), "", "", { context: 3 });
  return hunks.flatMap((hunk, index) => [
    ...(index ? [{ kind: "gap" as const, text: "…" }] : []),
    ...hunk.lines.flatMap((line) => {
      const kind = MARKS[line[0] ?? ""];
      return kind ? [{ kind, text: line.slice(1) }] : [];
    }),
  ]);
}

function print({ messages, variables, images, provider, model, parameters, outputFormat }: Content): string {
  const settings = {
    ...(model && { model }),
    ...(provider && { provider }),
    ...(parameters && Object.keys(parameters).length && { parameters }),
    ...(variables.length && { variables: variables.map(withoutBlanks) }),
    ...(images.length && { images }),
    ...(outputFormat && { outputFormat }),
  };
  return `${messages.map(printMessage).join("\n\n")}\n\n${JSON.stringify(settings, sorted, 2)}\n`;
}

function printMessage(message: unknown): string {
  if (!isObject(message) || typeof message.content !== "string" || typeof message.role !== "string") {
    return JSON.stringify(message, sorted, 2);
  }
  const { role, content, ...others } = message;
  const more = Object.keys(others).length ? `\n${JSON.stringify(others, sorted, 2)}` : "";
  return `[${role}]\n${content}${more}`;
}

function withoutBlanks(variable: Version["variables"][number]) {
  const { description, options, allowEmpty, ...others } = variable;
  return {
    ...others,
    ...(description && { description }),
    ...(options.length && { options }),
    ...(allowEmpty && { allowEmpty }),
  };
}

// The server keeps no order of members.
function sorted(_: string, value: unknown): unknown {
  return isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}
