/** What this page reads of the server. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, take, type UsageBucket } from "../../api/client";
import { useKeys } from "../../api/keys";
import { usePrompts } from "../../api/prompts";
import { useCan } from "../../caller/caller";
import type { Chosen, Group } from "./chosen";
import { distinct, type NamesById } from "./names";
import { begins, isByHour, type RangeName } from "./ranges";

const REFRESH_MS = 60_000;
const GROUPS = { "": "GROUP_UNSPECIFIED", key: "GROUP_KEY", prompt: "GROUP_PROMPT", model: "GROUP_MODEL" } as const;

/** Buckets, and what they are of. */
export interface Usage {
  range: RangeName;
  group: Group;
  /** When the buckets of the range begin, also those that are not there because they have no runs. */
  axis: number[];
  buckets: UsageBucket[];
}

/** Give the usage up to now; while something else is chosen, that of before. */
export function useUsage({ range, group, promptId, keyId }: Chosen) {
  return useQuery({
    queryKey: ["usage", { range, group, promptId, keyId }],
    queryFn: async (): Promise<Usage> => {
      const axis = begins(range, Date.now());
      const interval = isByHour(range) ? ("INTERVAL_HOUR" as const) : ("INTERVAL_DAY" as const);
      const minCreateTime = new Date(axis[0] ?? 0).toISOString();
      const query = { minCreateTime, interval, group: GROUPS[group], promptId, keyId };
      const { buckets } = await take(api.GET("/api/usage", { params: { query } }));
      return { range, group, axis, buckets };
    },
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

/** What to call prompts and keys, as far as the key may read that. */
export interface Names {
  prompts: NamesById;
  keys: NamesById;
}

export function useNames(): Names {
  const can = useCan();
  const prompts = usePrompts(can("prompts:read"));
  return {
    prompts: distinct(prompts.data?.map(({ id, name }) => [id, name]) ?? []),
    keys: distinct(useKeys().map(({ id, displayName }) => [id, displayName || id])),
  };
}
