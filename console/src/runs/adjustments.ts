/** What became of settings that a model does not take as they were given, in words. */

import type { NodeRun } from "../api/client";
import { isolate } from "../ui/isolate";

type Adjustment = NodeRun["adjustments"][number];

const MODEL = "model";

/** Give the model that was named where another one was asked in its place. */
export function replacedModel(adjustments: readonly Adjustment[]): string | undefined {
  const given = adjustments.find(({ parameter }) => parameter === MODEL)?.given;
  return given === undefined || typeof given === "string" ? given : JSON.stringify(given);
}

/** Give the model that was asked, in words. */
export function modelWords({ provider, model, adjustments }: NodeRun): string {
  const replaced = replacedModel(adjustments);
  return replaced === undefined ? `${provider}/${model}` : `${provider}/${model} in place of ${isolate(replaced)}`;
}

/** Give a line for each parameter that was left out, cut or renamed. */
export function changesOf(adjustments: readonly Adjustment[]): string[] {
  return adjustments.filter(({ parameter }) => parameter !== MODEL).map(tell);
}

function tell({ parameter, given, sent, renamed }: Adjustment): string {
  const said = given === undefined ? isolate(parameter) : `${isolate(parameter)} ${isolate(JSON.stringify(given))}`;
  if (sent === undefined) return `${said} was left out`;
  return `${said} was sent as ${isolate(renamed || parameter)} ${isolate(JSON.stringify(sent))}`;
}
