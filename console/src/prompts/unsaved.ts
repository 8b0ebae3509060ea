import { useEffect } from "react";

/** Drafts that were left unsaved, by session: to be there when the page is come back to. They end with the tab. */
export type Unsaved<T> = Map<string, T>;

const all: Unsaved<unknown>[] = [];

/** Make a place for such drafts. */
export function makeUnsaved<T>(): Unsaved<T> {
  const made: Unsaved<T> = new Map();
  all.push(made as Unsaved<unknown>);
  return made;
}

/** Forget all of them: another key may not see what they hold. */
export function forgetUnsaved(): void {
  for (const each of all) each.clear();
}

/** The state of a way that leads off without asking, such as that from a session which was deleted. */
export const UNASKED = { unasked: true };

/** Keeps a draft among those that were left while it `isUnsaved`, and has the browser ask before it ends the tab. */
export function useUnsaved<T>(left: Unsaved<T>, sessionId: string, draft: T, isUnsaved: boolean): void {
  useEffect(() => {
    if (isUnsaved) left.set(sessionId, draft);
    else left.delete(sessionId);
  }, [left, sessionId, draft, isUnsaved]);
  useEffect(() => {
    if (!isUnsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isUnsaved]);
}
