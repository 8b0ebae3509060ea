import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { RunSpec } from "../api/client";
import { errorOf } from "../api/error-of";
import { streamRun } from "../api/events";
import { after, NOTHING, type Progress, stopped } from "./progress";

interface Running {
  progress: Progress;
  isRunning: boolean;
  /** Why nothing ran, or why the rest of it was not heard. */
  error?: Error;
  start: (spec: RunSpec) => void;
  /** Ends the run as cancelled. */
  stop: () => void;
}

/** Runs, one at a time, and gives what is known of the run as it goes on. It ends with the page that began it. */
export function useRun(): Running {
  const queries = useQueryClient();
  const [progress, setProgress] = useState<Progress>(NOTHING);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Error>();
  const abort = useRef<AbortController>(undefined);

  const stop = useCallback(() => abort.current?.abort(), []);
  useEffect(() => stop, [stop]);

  const start = useCallback(
    async (spec: RunSpec) => {
      abort.current?.abort();
      const controller = new AbortController();
      abort.current = controller;
      setProgress(NOTHING);
      setError(undefined);
      setRunning(true);
      try {
        for await (const event of streamRun(spec, controller.signal)) setProgress((known) => after(known, event));
      } catch (raised) {
        if (!controller.signal.aborted) setError(errorOf(raised));
        else if (abort.current === controller) setProgress(stopped);
      } finally {
        if (abort.current === controller) setRunning(false);
        queries.invalidateQueries({ queryKey: ["runs"] });
      }
    },
    [queries],
  );

  return { progress, isRunning, error, start, stop };
}
