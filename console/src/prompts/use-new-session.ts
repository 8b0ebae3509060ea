import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, take } from "../api/client";
import { useReload } from "../api/reload";
import { useToast } from "../ui/toast";
import { sessionPath } from "./session-name";

interface Beginning {
  /** The version that it begins as. Absent: it begins with nothing, or with a graph. */
  baseVersionId?: string;
  graph?: Record<string, unknown>;
}

/** Begins a session of a prompt and goes there, along with what was said of its graph. */
export function useNewSession(promptId: string) {
  const navigate = useNavigate();
  const tell = useToast();
  const reload = useReload();
  return useMutation({
    mutationFn: (body: Beginning) => {
      const params = { path: { prompt_id: promptId } };
      return take(api.POST("/api/prompts/{prompt_id}/sessions", { params, body }));
    },
    onSuccess: async ({ session, warnings }) => {
      if (session) navigate(sessionPath(session), { state: { warnings } });
      await reload("sessions");
    },
    onError: (error) => tell(`No session could be begun. ${error.message}`),
  });
}
