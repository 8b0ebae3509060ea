/** The events of a run as they happen, over Server-Sent Events; EventSource itself can send no key. */

import { EventSourceParserStream } from "eventsource-parser/stream";
import { fetchWithKey, type Problem, ProblemError, type RunEvent, type RunSpec } from "./client";

const STREAM = { Accept: "text/event-stream" };

/** Run, and give the events. The run is cancelled when `signal` aborts. Throws ProblemError. */
export async function* streamRun(spec: RunSpec, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const headers = { ...STREAM, "Content-Type": "application/json" };
  yield* read(await fetchWithKey("/api/runs", { method: "POST", headers, body: JSON.stringify(spec), signal }));
}

/** Give the events of a run behind the one of number `after`. Throws ProblemError. */
export async function* watchRun(id: string, after: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const path = `/api/runs/${encodeURIComponent(id)}/events?afterSequence=${after}`;
  yield* read(await fetchWithKey(path, { headers: STREAM, signal }));
}

async function* read(response: Response): AsyncGenerator<RunEvent> {
  if (!response.body) return;
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.event === "error") throw new ProblemError(JSON.parse(value.data) as Problem);
      yield JSON.parse(value.data) as RunEvent;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
