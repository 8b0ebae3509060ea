import { useCallback, useMemo, useState } from "react";
import type { Session } from "../../api/client";
import { makeUnsaved, useUnsaved } from "../../prompts/unsaved";
import { type Draft, fingerprint, toDraft } from "./draft";

interface Held {
  draft: Draft;
  /** The fingerprint of what the server has of it. */
  saved: string;
  /** When the server's was saved. */
  time?: string;
}

const left = makeUnsaved<Held>();

/** The draft of a session in its editor, and whether it says other than what the server has, where that can be saved. */
export function useDraft(session: Session, mayWrite: boolean) {
  const [held, setHeld] = useState<Held>(() => left.get(session.id) ?? hold(session));
  const current = useMemo(() => fingerprint(held.draft), [held.draft]);
  const isUnsaved = mayWrite && current !== held.saved;
  const isOutdated = Date.parse(session.updateTime ?? "") > Date.parse(held.time ?? "");
  // Saved elsewhere: nothing is lost by showing that.
  if (isOutdated && !isUnsaved) setHeld(hold(session));

  useUnsaved(left, session.id, held, isUnsaved);

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
