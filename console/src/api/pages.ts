import { useInfiniteQuery } from "@tanstack/react-query";

interface Paged<T> {
  items: T[];
  nextPageToken: string;
}

/** A list page by page: `items` so far, and `more` to get the next page when there is one. */
export function usePages<T>(key: readonly unknown[], load: (pageToken: string) => Promise<Paged<T>>, enabled = true) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => load(pageParam),
    initialPageParam: "",
    getNextPageParam: (last: Paged<T>) => last.nextPageToken || undefined,
    enabled,
  });
  return {
    ...query,
    items: query.data?.pages.flatMap((page) => page.items),
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
  };
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
