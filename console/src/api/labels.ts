import { useQuery } from "@tanstack/react-query";
import { api, take } from "./client";
import { MAX_PAGE } from "./pages";

/** Give all labels of a prompt by name; a prompt has at most a page of them. */
export function useLabels(promptId: string) {
  return useQuery({
    queryKey: ["labels", promptId],
    queryFn: async () => {
      const params = { path: { prompt_id: promptId }, query: { pageSize: MAX_PAGE } };
      return (await take(api.GET("/api/prompts/{prompt_id}/labels", { params }))).labels;
    },
  });
}
