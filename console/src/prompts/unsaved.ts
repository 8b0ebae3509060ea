import { useEffect } from "react";

/** Drafts that were left unsaved, by session: to be there when the page is come back to. They end with the tab. */
export type Unsaved<T> = Map<string, T>;

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
