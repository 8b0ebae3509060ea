import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, type Session, take } from "../../api/client";
import { useToast } from "../../ui/toast";
import { useReload } from "./queries";

/** Give where a session is edited. */
export function pathOf({ id, promptId, graph }: Session): string {
  return graph ? `/flows/${promptId}?session=${id}` : `/sessions/${id}`;
}

/** Begins a session of a prompt, from a version or from nothing, and goes there. */
export function useNewSession(promptId: string) {
  const navigate = useNavigate();
  const tell = useToast();
  const reload = useReload();
  return useMutation({
    mutationFn: async (baseVersionId: string | undefined) => {
      const call = { params: { path: { prompt_id: promptId } }, body: { baseVersionId } };
      return (await take(api.POST("/api/prompts/{prompt_id}/sessions", call))).session;
    },
    onSuccess: async (session) => {
      if (session) navigate(pathOf(session));
      await reload("sessions");
    },
    onError: (error) => tell(`No session could be begun. ${error.message}`),
  });
}
