import { useQuery } from "@tanstack/react-query";
import { api, take, type Version } from "./client";
import { usePages } from "./pages";

/** Give the versions of a prompt page by page, the newest first. */
export function useVersions(promptId: string) {
  return usePages(["versions", promptId], async (pageToken) => {
    const params = { path: { prompt_id: promptId }, query: { pageToken } };
    const page = await take(api.GET("/api/prompts/{prompt_id}/versions", { params }));
    return { items: page.versions, nextPageToken: page.nextPageToken };
  });
}

/** Give a version: that which is known already, or the server's; also for as long as it takes to leave a deleted one. */
export function useVersion(id: string, known?: Version) {
  const query = useQuery({
    queryKey: ["version", id, "alone"],
    queryFn: async () => (await take(api.GET("/api/versions/{id}", { params: { path: { id } } }))).version,
    enabled: id !== "",
    initialData: known,
    // It changes in its labels and ratings alone; who changes these has it read again.
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { ...query, data: known ?? query.data };
}

/** Give a version with its prompt; nothing for an empty id. */
export function useVersionAndPrompt(id: string) {
  return useQuery({
    queryKey: ["version", id],
    queryFn: () => take(api.GET("/api/versions/{id}", { params: { path: { id } } })),
    enabled: id !== "",
  });
}
