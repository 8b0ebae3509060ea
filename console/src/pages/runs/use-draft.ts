import { useEffect, useEffectEvent, useState } from "react";

const PAUSE_MS = 400;

/** Give what is being typed and how to change it; `commit` gets it after a pause. Another `value` takes its place. */
export function useDraft(value: string, commit: (value: string) => void): [string, (draft: string) => void] {
  const [draft, setDraft] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    setDraft(value);
  }
  const send = useEffectEvent(commit);
  useEffect(() => {
    if (draft === value) return;
    const timer = setTimeout(() => send(draft), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft, value]);
  return [draft, setDraft];
}
