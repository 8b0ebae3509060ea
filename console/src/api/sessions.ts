/** Sessions: drafts of a prompt's next version. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, type Prompt, type Session, take } from "./client";
import { usePages } from "./pages";

/** Give the sessions of a prompt page by page, the newest first. */
export function useSessions(promptId: string, enabled = true) {
  const load = async (pageToken: string) => {
    const params = { path: { prompt_id: promptId }, query: { pageToken } };
    const page = await take(api.GET("/api/prompts/{prompt_id}/sessions", { params }));
    return { items: page.sessions, nextPageToken: page.nextPageToken };
  };
  return usePages(["sessions", promptId], load, { enabled });
}

/** Give a session with its prompt, by its id or serial. */
export function useDraftSession(id: string) {
  return useQuery({
    queryKey: ["session", id],
    queryFn: () => take(api.GET("/api/sessions/{id}", { params: { path: { id } } })),
  });
}

interface Answer {
  session?: Session;
  prompt?: Prompt;
}

/** Give what takes a session as the server has saved it. */
export function useSavedSession(): (answer: Answer) => void {
  const queries = useQueryClient();
  return useCallback(
    ({ session, prompt }) => {
      if (!session) return;
      // The page may have found it by its serial.
      const isIt = (data: unknown) => (data as Answer | undefined)?.session?.id === session.id;
      queries.setQueriesData(
        { queryKey: ["session"], predicate: ({ state }) => isIt(state.data) },
        { session, prompt },
      );
      queries.invalidateQueries({ queryKey: ["sessions", session.promptId] });
    },
    [queries],
  );
}
