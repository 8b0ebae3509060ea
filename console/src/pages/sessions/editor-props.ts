import type { Draft } from "./draft";

/** What every part of the editor gets. */
export interface EditorProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  /** Tells what the server said of a place of the session, or below it; items of lists go by their keys. */
  faultOf: (...place: (string | number)[]) => string | undefined;
}
