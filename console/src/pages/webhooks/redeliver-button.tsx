import { RotateCw } from "lucide-react";
import type { Delivery } from "../../api/client";
import { useCan } from "../../session/session";
import { Button } from "../../ui/button";
import { useRedeliver } from "./deliveries";

/** Tries one delivery again. */
export function RedeliverButton({ delivery, small }: { delivery: Delivery; small?: boolean }) {
  const can = useCan()("webhooks:write");
  const redelivering = useRedeliver();
  return (
    <Button
      small={small}
      busy={redelivering.isPending}
      disabled={!can}
      title={can ? undefined : "Your key lacks the scope webhooks:write."}
      onClick={() => redelivering.mutate(delivery.id)}
    >
      {!redelivering.isPending && <RotateCw size={14} aria-hidden="true" />}
      Redeliver
    </Button>
  );
}
