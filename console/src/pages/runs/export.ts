/** Runs as JSON Lines, from the server straight into a file. */

import { api, ProblemError, take } from "../../api/client";
import { downloadBlob } from "../../ui/download";
import { counting, type Exported } from "./counting";
import { type Filters, toQuery } from "./filters";

/** Where the browser writes the file. */
interface FileHandle {
  createWritable(): Promise<WritableStream<Uint8Array>>;
}

type Picker = (options: { suggestedName: string }) => Promise<FileHandle>;

/** Have a file chosen, in browsers that can write into one; else undefined. Throws AbortError when none was chosen. */
export async function chooseFile(suggestedName: string): Promise<FileHandle | undefined> {
  const pick = (window as { showSaveFilePicker?: Picker }).showSaveFilePicker;
  return pick?.call(window, { suggestedName });
}

/** Save all runs that fit, into the file or as a download, and tell how far it is. Throws ProblemError. */
export async function exportRuns(
  filters: Filters,
  name: string,
  file: FileHandle | undefined,
  onProgress: (soFar: Exported) => void,
  signal: AbortSignal,
): Promise<void> {
  const params = { query: toQuery(filters) };
  const body = await take(api.GET("/api/runs/export", { params, parseAs: "stream", signal }));
  try {
    const lines = (body ?? new Blob().stream()).pipeThrough(counting(onProgress));
    if (file) await lines.pipeTo(await file.createWritable(), { signal });
    else downloadBlob(name, await new Response(lines).blob());
  } catch (error) {
    if (signal.aborted || error instanceof ProblemError) throw error;
    throw new Error("The export was cut: the file does not hold all runs. Try again.", { cause: error });
  }
}
