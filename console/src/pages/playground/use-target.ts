import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import type { Found } from "./form";
import type { Target } from "./targets";

/** Find the version that a target stands for, and its prompt. */
export function useTarget({ versionId = "", promptId = "" }: Target = {}) {
  const byVersion = useQuery({
    queryKey: ["version", versionId],
    queryFn: () => take(api.GET("/api/versions/{id}", { params: { path: { id: versionId } } })),
    enabled: versionId !== "",
  });
  const byPrompt = useQuery({
    queryKey: ["prompt", promptId],
    queryFn: () => take(api.GET("/api/prompts/{id}", { params: { path: { id: promptId } } })),
    enabled: versionId === "" && promptId !== "",
  });
  const asked = versionId ? byVersion : byPrompt;
  const prompt = versionId ? byVersion.data?.prompt : byPrompt.data?.prompt;
  const version = versionId ? byVersion.data?.version : byPrompt.data?.prompt?.latestVersion;
  const found: Found | undefined = version && prompt && { version, prompt, isLatest: versionId === "" };
  return { prompt, found, error: asked.error, isLoading: asked.isLoading };
}
