/** What a run is about, in a line. */

import type { Output, Run } from "../../api/client";
import { isUnderWay } from "../../runs/under-way";
import { isolate } from "../../ui/isolate";
import { reasonWords } from "./error-reasons";

const MOST = 200;

/** Give a line of what came out, or of why nothing did. */
export function preview(run: Run): string {
  if (run.error) return line(`${reasonWords(run.error.reason)}: ${run.error.message}`);
  if (run.state === "STATE_QUEUED") return "Waits for a worker";
  if (isUnderWay(run)) return "Under way";
  if (run.inputs === undefined) return "Not kept";
  return line(run.outputs.map(outputLine).filter(Boolean).map(isolate).join(" · "));
}

function outputLine(output: Output): string {
  if (output.image) return output.image.placeholder ? "Image (placeholder)" : "Image";
  return output.text ?? (output.error ? reasonWords(output.error.reason) : "");
}

/** Give a text without line breaks, cut where it is long. */
export function line(text: string): string {
  const flat = text
    .slice(0, MOST * 2)
    .replace(/\s+/g, " ")
    .trim();
  return flat.length > MOST || text.length > MOST * 2 ? `${flat.slice(0, MOST)}…` : flat;
}
