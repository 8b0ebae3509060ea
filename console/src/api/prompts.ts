import { useQuery } from "@tanstack/react-query";
import { api, type Prompt, take } from "./client";
import { loadAll, MAX_PAGE } from "./pages";

/** A prompt in the list of all, with what ListPrompts tells by its filter alone. */
export interface Listed extends Prompt {
  /** Whether its latest version holds a graph. */
  isFlow: boolean;
}

/** Give all prompts, the newest first. */
export function usePrompts(enabled = true) {
  return useQuery({
    queryKey: ["prompts", "listed"],
    enabled,
    queryFn: async () => {
      const both = await Promise.all([listPrompts(true), listPrompts(false)]);
      return both.flat().sort((one, other) => (other.createTime ?? "").localeCompare(one.createTime ?? ""));
    },
  });
}

async function listPrompts(flow: boolean): Promise<Listed[]> {
  return loadAll(async (pageToken) => {
    const query = { pageSize: MAX_PAGE, pageToken, flow };
    const { prompts, nextPageToken } = await take(api.GET("/api/prompts", { params: { query } }));
    return { items: prompts.map((prompt) => ({ ...prompt, isFlow: flow })), nextPageToken };
  });
}

/** Give a prompt with its latest version, and its folder; nothing for an empty id. */
export function usePrompt(id: string) {
  return useQuery({
    queryKey: ["prompt", id],
    queryFn: () => take(api.GET("/api/prompts/{id}", { params: { path: { id } } })),
    enabled: id !== "",
  });
}
