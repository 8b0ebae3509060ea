/** Bringing what happens into a list of runs that is shown already. */

import type { Run } from "../../api/client";
import { isUnderWay } from "../../runs/under-way";

export interface RunPage {
  items: Run[];
  nextPageToken: string;
}

// How long after its creation a run may come to fit a filter: it ends within 300 s, and its words are found soon after.
const SETTLED_MS = 320_000;
// How many of the newest runs are looked at again at most, and how many of those below.
const WATCHED = 50;

/** Give the id of the newest run behind which nothing changes any more; undefined when there is none.
 *
 * `canFitLater`: a run may come into the list after newer ones.
 */
export function settledFrom(shown: readonly Run[], canFitLater: boolean): string | undefined {
  const newest = createdAt(shown[0]);
  const mayChange = (run: Run) => isUnderWay(run) || (canFitLater && newest - createdAt(run) < SETTLED_MS);
  return shown[shown.slice(0, WATCHED).findLastIndex(mayChange) + 1]?.id;
}

function createdAt(run: Run | undefined): number {
  return Date.parse(run?.createTime ?? "");
}

/** Give the ids around the first runs under way that newer ones have pushed out of what `settledFrom` looks at: that of
 * the run above them, and of the last one to look at again. */
export function leftover(shown: readonly Run[]): { above: string; last: string } | undefined {
  const begin = shown.findIndex((run, index) => index >= WATCHED && isUnderWay(run));
  const above = shown[begin - 1];
  const last = shown.slice(begin, begin + WATCHED).at(-1);
  return above && last && { above: above.id, last: last.id };
}

/** Give the pages with those found of a part of the list in place of all that were shown of it. */
export function merged(pages: readonly RunPage[], found: readonly Run[], isPart: (id: string) => boolean): RunPage[] {
  const others = pages.flatMap((page) => page.items).filter((run) => !isPart(run.id));
  const runs = [...others, ...found.filter((run) => isPart(run.id))];
  return toPages(
    runs.sort((one, other) => (one.id < other.id ? 1 : -1)),
    pages,
  );
}

/** Part runs into as many pages as there were, so that a reload brings as many: the first has what came and went. */
function toPages(runs: readonly Run[], pages: readonly RunPage[]): RunPage[] {
  let end = runs.length;
  const filled = pages.toReversed().map((page, index) => {
    const begin = index === pages.length - 1 ? 0 : Math.max(0, end - page.items.length);
    const items = runs.slice(begin, end);
    end = begin;
    return { ...page, items };
  });
  return filled.toReversed();
}

/** Count those of the runs found that are not shown. */
export function countNew(shown: readonly Run[], found: readonly Run[]): number {
  const known = new Set(shown.map((run) => run.id));
  return found.filter((run) => !known.has(run.id)).length;
}
