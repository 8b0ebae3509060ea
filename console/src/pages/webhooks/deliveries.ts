/** The deliveries of webhooks, and trying them again. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Delivery, take } from "../../api/client";
import { usePages } from "../../api/pages";
import { useToast } from "../../ui/toast";

/** How often what is pending is looked at again. */
export const REFRESH_MS = 5_000;

interface DeliveryFilters {
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
  const load = async (pageToken: string) => {
    const { deliveries, nextPageToken } = await take(
      api.GET("/api/deliveries", { params: { query: { ...filters, pageToken } } }),
    );
    return { items: deliveries, nextPageToken };
  };
  const againAfter = (items: readonly Delivery[]) => items.some(isPending) && REFRESH_MS;
  return usePages(["deliveries", filters], load, { enabled, againAfter });
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
