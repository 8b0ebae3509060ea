import { type InfiniteData, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { usePages } from "../../api/pages";
import { canFitLater, type Filters, type RunsQuery, toQuery } from "./filters";
import { countNew, leftover, merged, type RunPage, settledFrom } from "./live";

const EVERY_MS = 2_000;
// A poll that was refused is not repeated as soon.
const REFUSED_MS = 15_000;
// What takes the server long is asked for less often.
const REST = 10;
const PAGE_SIZE = 100;

/** Give the runs that fit, page by page. */
export function useRuns(filters: Filters) {
  return usePages(["runs", filters], (pageToken) => listRuns({ ...toQuery(filters), pageToken }));
}

async function listRuns(query: RunsQuery, signal?: AbortSignal): Promise<RunPage> {
  const { runs, nextPageToken } = await take(api.GET("/api/runs", { params: { query }, signal }));
  return { items: runs, nextPageToken };
}

interface Poll {
  /** How many runs came with it. */
  added: number;
  /** How long it took, in milliseconds. */
  took: number;
}

/** Keeps the list of `useRuns` at the newest while it is looked at, and gives how many runs came last. */
export function useLiveRuns(filters: Filters, isLive: boolean) {
  const queries = useQueryClient();
  const key = ["runs", filters];
  return useQuery<Poll>({
    queryKey: ["runs", "live", filters],
    enabled: isLive,
    gcTime: 0,
    retry: false,
    refetchInterval: ({ state }) => (state.error ? REFUSED_MS : Math.max(EVERY_MS, REST * (state.data?.took ?? 0))),
    queryFn: async ({ signal }) => {
      const began = performance.now();
      const { added, pages } = await catchUp(filters, queries.getQueryData(key), signal);
      if (pages) queries.setQueryData<InfiniteData<RunPage, string>>(key, pages);
      return { added, took: performance.now() - began };
    },
  });
}

type Shown = InfiniteData<RunPage, string>;

async function catchUp(filters: Filters, shown: Shown | undefined, signal: AbortSignal) {
  if (!shown) return { added: 0 };
  const runs = shown.pages.flatMap((page) => page.items);
  const settled = settledFrom(runs, canFitLater(filters));
  const query = { ...toQuery(filters), pageSize: PAGE_SIZE };
  const found = await listRuns({ ...query, newerThan: settled }, signal);
  const added = countNew(runs, found.items);
  if (settled === undefined || found.nextPageToken) {
    // More came than a page holds: the list begins anew, without a gap.
    const first = settled === undefined ? found : await listRuns(query, signal);
    return { added, pages: { pages: [first], pageParams: [""] } };
  }
  const pages = merged(shown.pages, found.items, (id) => id > settled);
  return { added, pages: { ...shown, pages: await withLeftover(pages, query, signal) } };
}

/** Give the pages with what became of runs further down. */
async function withLeftover(pages: RunPage[], query: RunsQuery, signal: AbortSignal): Promise<RunPage[]> {
  const part = leftover(pages.flatMap((page) => page.items));
  if (!part) return pages;
  const found = await listRuns({ ...query, olderThan: part.above }, signal);
  const reached = (found.nextPageToken && found.items.at(-1)?.id) || "";
  return merged(pages, found.items, (id) => id < part.above && id >= part.last && id >= reached);
}
