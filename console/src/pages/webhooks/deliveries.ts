/** The deliveries of webhooks, and trying them again. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Delivery, take } from "../../api/client";
import { usePages } from "../../api/pages";
import { useRefresh } from "../../api/refresh";
import { useToast } from "../../ui/toast";

export interface DeliveryFilters {
  runId?: string;
  states?: Delivery["state"][];
  minCreateTime?: string;
  maxCreateTime?: string;
}

const EVENTS: Record<string, string> = {
  EVENT_START: "Run began",
  EVENT_NODE: "Node ended",
  EVENT_END: "Run ended",
};

/** Say what a delivery tells. */
export function eventName(event: Delivery["event"]): string {
  return EVENTS[event] ?? event;
}

/** Whether it is tried, now or later. */
export function isPending(delivery: Delivery): boolean {
  return delivery.state === "STATE_PENDING";
}

/** Lists deliveries, and keeps on doing so while any of them is pending. */
export function useDeliveries(filters: DeliveryFilters, enabled = true) {
  const list = usePages(
    ["deliveries", filters],
    async (pageToken) => {
      const query = { ...filters, pageToken };
      const { deliveries, nextPageToken } = await take(api.GET("/api/deliveries", { params: { query } }));
      return { items: deliveries, nextPageToken };
    },
    enabled,
  );
  useRefresh(list.refetch, list.items?.some(isPending) ?? false);
  return list;
}

/** Tries a delivery again from now on. */
export function useRedeliver() {
  const queries = useQueryClient();
  const tell = useToast();
  return useMutation({
    mutationFn: (id: string) => take(api.POST("/api/deliveries/{id}/redeliver", { params: { path: { id } } })),
    onSuccess: async () => {
      tell("It is tried again from now on.");
      await Promise.all(["deliveries", "delivery"].map((name) => queries.invalidateQueries({ queryKey: [name] })));
    },
    onError: (error) => tell(error.message),
  });
}
