import { useQuery } from "@tanstack/react-query";
import { api, type Folder, take } from "./client";
import { loadAll, MAX_PAGE } from "./pages";

/** Give all folders by name. */
export function useFolders() {
  return useQuery({
    queryKey: ["folders", "listed"],
    queryFn: async () => {
      const folders = await loadAll<Folder>(async (pageToken) => {
        const query = { pageSize: MAX_PAGE, pageToken };
        const page = await take(api.GET("/api/folders", { params: { query } }));
        return { items: page.folders, nextPageToken: page.nextPageToken };
      });
      return folders.sort((one, other) => one.name.localeCompare(other.name));
    },
  });
}
