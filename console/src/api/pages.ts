import { useInfiniteQuery } from "@tanstack/react-query";

/** How many items the server gives a page at most. */
export const MAX_PAGE = 1000;

interface Paged<T> {
  items: T[];
  nextPageToken: string;
}

interface Options<T> {
  enabled?: boolean;
  /** Tells after how many milliseconds a list is read again by itself, while the page is looked at. */
  againAfter?: (items: readonly T[]) => number | false;
}

/** A list page by page: `items` so far, and `more` to get the next page when there is one. */
export function usePages<T>(
  key: readonly unknown[],
  load: (pageToken: string) => Promise<Paged<T>>,
  { enabled, againAfter }: Options<T> = {},
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => load(pageParam),
    initialPageParam: "",
    getNextPageParam: (last: Paged<T>) => last.nextPageToken || undefined,
    enabled,
    refetchInterval: ({ state }) => againAfter?.(itemsOf(state.data?.pages)) ?? false,
  });
  return {
    ...query,
    items: query.data && itemsOf(query.data.pages),
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
  };
}

function itemsOf<T>(pages: readonly Paged<T>[] = []): T[] {
  return pages.flatMap((page) => page.items);
}

/** Give all items of a list, however many pages it has. */
export async function loadAll<T>(load: (pageToken: string) => Promise<Paged<T>>): Promise<T[]> {
  const all: T[] = [];
  let pageToken = "";
  do {
    const page = await load(pageToken);
    all.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken);
  return all;
}
