import { RotateCw } from "lucide-react";
import type { Delivery } from "../../api/client";
import { useWhyNot } from "../../caller/why-not";
import { Button } from "../../ui/button";
import { useRedeliver } from "./deliveries";

/** Tries one delivery again. */
export function RedeliverButton({ delivery, small }: { delivery: Delivery; small?: boolean }) {
  const why = useWhyNot("webhooks:write");
  const redelivering = useRedeliver();
  return (
    <Button
      small={small}
      busy={redelivering.isPending}
      disabled={why !== undefined}
      title={why}
      onClick={() => redelivering.mutate(delivery.id)}
    >
      {!redelivering.isPending && <RotateCw size={14} aria-hidden="true" />}
      Redeliver
    </Button>
  );
}
