/** What these pages read of the server, as react-query keeps it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, type Folder, type Prompt, take, type Version } from "../../api/client";
import { loadAll, usePages } from "../../api/pages";

const MOST = 1000;

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
    const query = { pageSize: MOST, pageToken, flow };
    const { prompts, nextPageToken } = await take(api.GET("/api/prompts", { params: { query } }));
    return { items: prompts.map((prompt) => ({ ...prompt, isFlow: flow })), nextPageToken };
  });
}

/** Give all folders by name. */
export function useFolders() {
  return useQuery({
    queryKey: ["folders", "listed"],
    queryFn: async () => {
      const folders = await loadAll<Folder>(async (pageToken) => {
        const query = { pageSize: MOST, pageToken };
        const page = await take(api.GET("/api/folders", { params: { query } }));
        return { items: page.folders, nextPageToken: page.nextPageToken };
      });
      return folders.sort((one, other) => one.name.localeCompare(other.name));
    },
  });
}

/** Give a prompt with its latest version, and its folder. */
export function usePrompt(id: string) {
  return useQuery({
    queryKey: ["prompt", id],
    queryFn: () => take(api.GET("/api/prompts/{id}", { params: { path: { id } } })),
  });
}

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

/** Give all labels of a prompt by name; a prompt has at most a page of them. */
export function useLabels(promptId: string) {
  return useQuery({
    queryKey: ["labels", promptId],
    queryFn: async () => {
      const params = { path: { prompt_id: promptId }, query: { pageSize: MOST } };
      return (await take(api.GET("/api/prompts/{prompt_id}/labels", { params }))).labels;
    },
  });
}

/** Give what has everything of these resources read again. */
export function useReload(): (...resources: string[]) => Promise<void> {
  const queries = useQueryClient();
  return useCallback(
    async (...resources) => {
      await Promise.all(resources.map((name) => queries.invalidateQueries({ queryKey: [name] })));
    },
    [queries],
  );
}
