import { useEffect, useRef, useState } from "react";
import type { Progress } from "./progress";

/** Give how long the first text of a run took to come here, in milliseconds; undefined while there is none. */
export function useFirstText({ progress, isRunning }: { progress: Progress; isRunning: boolean }): number | undefined {
  const began = useRef<number>(undefined);
  const [first, setFirst] = useState<number>();
  const hasText = Object.values(progress.nodes).some((node) => node.text);
  useEffect(() => {
    if (!isRunning) return;
    began.current = performance.now();
    setFirst(undefined);
  }, [isRunning]);
  useEffect(() => {
    if (hasText && began.current !== undefined) setFirst(performance.now() - began.current);
  }, [hasText]);
  return first;
}
