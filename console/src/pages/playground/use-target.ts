import { usePrompt } from "../../api/prompts";
import { useVersionAndPrompt } from "../../api/versions";
import type { Found } from "./form";
import type { Target } from "./targets";

/** Find the version that a target stands for, and its prompt. */
export function useTarget({ versionId = "", promptId = "" }: Target = {}) {
  const byVersion = useVersionAndPrompt(versionId);
  const byPrompt = usePrompt(versionId ? "" : promptId);
  const asked = versionId ? byVersion : byPrompt;
  const prompt = asked.data?.prompt;
  const version = versionId ? byVersion.data?.version : byPrompt.data?.prompt?.latestVersion;
  const found: Found | undefined = version && prompt && { version, prompt, isLatest: versionId === "" };
  return { prompt, found, error: asked.error, isLoading: asked.isLoading };
}
