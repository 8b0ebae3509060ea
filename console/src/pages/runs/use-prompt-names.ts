import { useCallback } from "react";
import { usePrompts } from "../../api/prompts";
import { useCan } from "../../caller/caller";

/** Give all prompts, and how to find one by its id or alias; nothing where the key may not read them. */
export function usePromptNames() {
  const canRead = useCan()("prompts:read");
  const prompts = usePrompts(canRead).data;
  const find = useCallback(
    (name: string) => prompts?.find((prompt) => prompt.id === name || (prompt.alias !== "" && prompt.alias === name)),
    [prompts],
  );
  return { canRead, prompts, find };
}
