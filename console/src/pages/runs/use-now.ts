import { useEffect, useState } from "react";

const EVERY_MS = 500;

/** Give the time in milliseconds; it goes on while `isMoving`. */
export function useNow(isMoving: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => setNow(Date.now()), EVERY_MS);
    return () => clearInterval(timer);
  }, [isMoving]);
  return now;
}
