import { ProblemError, type RunEvent } from "../../api/client";
import { watchRun } from "../../api/events";

const PAUSE_MS = 1_000;

/** Give the events of a run up to its end; after a cut it goes on behind the last one. Throws what the server refuses. */
export async function* follow(id: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
  let last = "0";
  while (!signal.aborted) {
    try {
      for await (const event of watchRun(id, last, signal)) {
        last = event.sequence;
        yield event;
        if (event.ended) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError && error.status >= 400 && error.status < 500) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
