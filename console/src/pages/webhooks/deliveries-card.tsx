import { Link } from "react-router";
import type { Delivery } from "../../api/client";
import { useCan } from "../../caller/caller";
import { StateBadge } from "../../ui/badge";
import { count } from "../../ui/format";
import { More } from "../../ui/more";
import { ProblemNote } from "../../ui/notes";
import { Card } from "../../ui/page";
import ui from "../../ui/ui.module.css";
import { eventName, useDeliveries } from "./deliveries";
import { RedeliverButton } from "./redeliver-button";

/** What webhooks were told of a run; nothing when none were, or the key may not see it. */
export function DeliveriesCard({ runId }: { runId: string }) {
  const list = useDeliveries({ runId }, useCan()("webhooks:read"));
  if (list.error) return <ProblemNote error={list.error} onRetry={list.refetch} />;
  if (!list.items?.length) return null;
  return (
    <Card title="Webhook deliveries" flush actions={<More list={list} small />}>
      <table className={ui.table}>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Event</th>
            <th scope="col" className={ui.number}>
              Tries
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.items.map((delivery) => (
            <DeliveryRow key={delivery.id} delivery={delivery} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function DeliveryRow({ delivery }: { delivery: Delivery }) {
  return (
    <tr>
      <td>
        <StateBadge state={delivery.state} />
      </td>
      <td>
        <Link to={`/webhooks/${delivery.id}`}>{eventName(delivery.event)}</Link>
        {delivery.nodeId && <span className={ui.soft}> {delivery.nodeId}</span>}
      </td>
      <td className={ui.number}>{count(delivery.tryCount)}</td>
      <td className={ui.number}>
        <RedeliverButton delivery={delivery} small />
      </td>
    </tr>
  );
}
