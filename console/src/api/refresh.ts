import { useEffect, useRef } from "react";

const EVERY_MS = 5_000;

/** Loads again every few seconds while `isMoving`, unless nobody looks at the page. */
export function useRefresh(refetch: () => unknown, isMoving: boolean): void {
  const latest = useRef(refetch);
  useEffect(() => {
    latest.current = refetch;
  });
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [isMoving]);
}
