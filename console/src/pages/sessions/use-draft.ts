import { useCallback, useEffect, useMemo, useState } from "react";
import type { Session } from "../../api/client";
import { type Draft, fingerprint, toDraft } from "./draft";

interface Held {
  draft: Draft;
  /** The fingerprint of what the server has of it. */
  saved: string;
  /** When the server's was saved. */
  time?: string;
}

// Drafts that were left unsaved, by session: to be there when the page is come back to. They end with the tab.
const left = new Map<string, Held>();

/** The draft of a session in its editor, and whether it says other than what the server has, where that can be saved. */
export function useDraft(session: Session, mayWrite: boolean) {
  const [held, setHeld] = useState<Held>(() => left.get(session.id) ?? hold(session));
  const current = useMemo(() => fingerprint(held.draft), [held.draft]);
  const isUnsaved = mayWrite && current !== held.saved;
  const isOutdated = Date.parse(session.updateTime ?? "") > Date.parse(held.time ?? "");
  // Saved elsewhere: nothing is lost by showing that.
  if (isOutdated && !isUnsaved) setHeld(hold(session));

  useEffect(() => {
    if (isUnsaved) left.set(session.id, held);
    else left.delete(session.id);
  }, [session.id, held, isUnsaved]);
  useEffect(() => {
    if (!isUnsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isUnsaved]);

  const change = useCallback(
    (part: Partial<Draft>) => setHeld((last) => ({ ...last, draft: { ...last.draft, ...part } })),
    [],
  );
  /** Hear of a save of `draft`, or without one of another change: what was typed meanwhile stays. */
  const note = useCallback((time?: string, draft?: Draft) => {
    setHeld((last) => ({ ...last, time, saved: draft ? fingerprint(draft) : last.saved }));
  }, []);
  const discard = useCallback(() => setHeld(hold(session)), [session]);
  return { draft: held.draft, isUnsaved, isOutdated: isOutdated && isUnsaved, change, note, discard };
}

function hold(session: Session): Held {
  const draft = toDraft(session);
  return { draft, saved: fingerprint(draft), time: session.updateTime };
}

/** Forget what was left unsaved of a session that is no more. */
export function forgetDraft(id: string): void {
  left.delete(id);
}
