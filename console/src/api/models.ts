import { useQuery } from "@tanstack/react-query";
import { useCan } from "../caller/caller";
import { api, type Model, take } from "./client";

/** Give the models that can be asked by name; none while they are not known, or where the key may not see them. */
export function useModels(): readonly Model[] {
  const can = useCan();
  const query = useQuery({
    queryKey: ["models"],
    queryFn: async () => (await take(api.GET("/api/models"))).models,
    enabled: can("runs:read"),
    staleTime: 60_000,
  });
  return query.data ?? [];
}
