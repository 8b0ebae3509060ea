import { useMutation } from "@tanstack/react-query";
import { api, type Session, take, type Version, type Warning } from "../api/client";
import { errorOf } from "../api/error-of";
import { useReload } from "../api/reload";

interface Commit {
  message: string;
  /** The label to set on the new version; empty: none. */
  label: string;
}

export interface Committed {
  version: Version;
  warnings: readonly Warning[];
  /** Why the label could not be set; the version is there all the same. */
  labelError?: Error;
}

/** Makes a version of a session and sets a label on it. `settle` saves before what is unsaved. */
export function useCommit(session: Session, settle?: () => Promise<void>) {
  const reload = useReload();
  return useMutation({
    mutationFn: async ({ message, label }: Commit): Promise<Committed> => {
      await settle?.();
      const call = { params: { path: { id: session.id } }, body: { commitMessage: message } };
      const { version, warnings } = await take(api.POST("/api/sessions/{id}/commit", call));
      if (!version) throw new Error("The server made no version.");
      return { version, warnings, labelError: label ? await setLabel(version, label) : undefined };
    },
    onSuccess: () => void reload("prompts", "prompt", "versions", "version", "labels", "moves"),
  });
}

async function setLabel(version: Version, label: string): Promise<Error | undefined> {
  const params = { path: { prompt_id: version.promptId, label } };
  try {
    await take(api.PUT("/api/prompts/{prompt_id}/labels/{label}", { params, body: { versionId: version.id } }));
  } catch (error) {
    return errorOf(error);
  }
  return undefined;
}
