import type { Delivery } from "../../api/client";
import { Time } from "../../ui/time";
import { isPending } from "./deliveries";

/** When a delivery is tried next. One whose time has come may wait for another of its run, since they keep their order. */
export function NextTry({ delivery }: { delivery: Delivery }) {
  if (!isPending(delivery) || !delivery.nextTime) return "–";
  if (Date.parse(delivery.nextTime) > Date.now()) return <Time at={delivery.nextTime} />;
  return <span title="It goes out when those before it of the same run have ended.">In its turn</span>;
}
