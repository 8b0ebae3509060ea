import { useQuery } from "@tanstack/react-query";
import { useCan } from "../caller/caller";
import { api, type Key, take } from "./client";
import { loadAll, MAX_PAGE } from "./pages";

/** Give all keys of the project, also those that were revoked; none where the caller may not read them. */
export function useKeys(): readonly Key[] {
  const can = useCan();
  const keys = useQuery({
    queryKey: ["keys", "listed"],
    queryFn: () =>
      loadAll(async (pageToken) => {
        const page = await take(api.GET("/api/keys", { params: { query: { pageSize: MAX_PAGE, pageToken } } }));
        return { items: page.keys, nextPageToken: page.nextPageToken };
      }),
    enabled: can("keys:read"),
    staleTime: 60_000,
  });
  return keys.data ?? [];
}
