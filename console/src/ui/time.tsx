import { useEffect, useState } from "react";
import { ago, exact } from "./format";

/** A moment: how long ago it was, and on pointing at it, when exactly. */
export function Time({ at }: { at?: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  if (!at) return <>–</>;
  return (
    <time dateTime={at} title={exact(at)}>
      {ago(Date.parse(at) - Math.max(now, Date.now()))}
    </time>
  );
}
