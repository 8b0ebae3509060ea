import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

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
