import type { Run } from "../../api/client";
import { isolate } from "../../ui/isolate";

/** Say what was run: the prompt by its name where that is known, else by the begin of its id. */
export function targetName(run: Run, promptName: string | undefined): string {
  if (promptName) return isolate(promptName);
  return run.promptId ? `Prompt ${run.promptId.slice(0, 8)}…` : "Inline content";
}
