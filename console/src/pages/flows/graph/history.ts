/** The steps of an edit, to go back and forth in. */

const MOST = 200;

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** What the last step was, if the next one of the same kind belongs to it. */
  readonly mark?: string;
}

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [] };
}

/** Take a step. One with the mark of the step before it becomes part of that: typing is undone as a whole. */
export function step<T>(history: History<T>, present: T, mark?: string): History<T> {
  if (present === history.present) return history;
  const isPart = mark !== undefined && mark === history.mark;
  const past = isPart ? history.past : [...history.past, history.present].slice(-MOST);
  return { past, present, future: [], mark };
}

export function undo<T>({ past, present, future }: History<T>): History<T> {
  const [before] = past.slice(-1);
  if (before === undefined) return { past, present, future };
  return { past: past.slice(0, -1), present: before, future: [present, ...future] };
}

export function redo<T>({ past, present, future }: History<T>): History<T> {
  const [next, ...rest] = future;
  if (next === undefined) return { past, present, future };
  return { past: [...past, present], present: next, future: rest };
}
