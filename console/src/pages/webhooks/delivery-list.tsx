import { Webhook } from "lucide-react";
import { Link } from "react-router";
import type { Delivery } from "../../api/client";
import { StateBadge } from "../../ui/badge";
import { classes } from "../../ui/classes";
import { count } from "../../ui/format";
import { toInstant } from "../../ui/local-time";
import { More } from "../../ui/more";
import { Empty } from "../../ui/notes";
import { Async, Card } from "../../ui/page";
import { TableHead } from "../../ui/table-head";
import { Time } from "../../ui/time";
import ui from "../../ui/ui.module.css";
import { eventName, isPending, useDeliveries } from "./deliveries";
import { NextTry } from "./next-try";
import type { Chosen } from "./webhooks";
import styles from "./webhooks.module.css";

export function DeliveryList({ chosen }: { chosen: Chosen }) {
  const list = useDeliveries({
    states: chosen.state ? [chosen.state as Delivery["state"]] : [],
    minCreateTime: toInstant(chosen.from) || undefined,
    maxCreateTime: toInstant(chosen.to) || undefined,
  });
  return (
    <Async query={{ ...list, data: list.items }} what="Loading deliveries">
      {(deliveries) => (
        <>
          <Card label="Deliveries" flush>
            {deliveries.length === 0 ? <None isFiltered={Object.values(chosen).some(Boolean)} /> : null}
            {deliveries.length > 0 && <Deliveries deliveries={deliveries} />}
          </Card>
          <p className={styles.live} aria-live="polite">
            {deliveries.some(isPending) && "Some are pending: the list is loaded again every few seconds."}
          </p>
          <More list={list} />
        </>
      )}
    </Async>
  );
}

function None({ isFiltered }: { isFiltered: boolean }) {
  const icon = <Webhook size={28} aria-hidden="true" />;
  if (isFiltered) {
    return (
      <Empty icon={icon} title="No deliveries like these">
        <p>None has this state and a run of this time.</p>
      </Empty>
    );
  }
  return (
    <Empty icon={icon} title="Nothing was delivered yet">
      <p>
        A run that is given a webhook, as in <code>{'"webhook": {"url": "https://…"}'}</code>, tells that URL when it
        ends; with <code>events</code> also when it begins and when its nodes end. Each telling is listed here, with its
        tries.
      </p>
    </Empty>
  );
}

function Deliveries({ deliveries }: { deliveries: readonly Delivery[] }) {
  return (
    <table className={ui.table}>
      <TableHead of={["State", "Event", "URL", "Run", ["Tries", ui.number], "Created", "Next try"]} />
      <tbody>
        {deliveries.map((delivery) => (
          <DeliveryRow key={delivery.id} delivery={delivery} />
        ))}
      </tbody>
    </table>
  );
}

function DeliveryRow({ delivery }: { delivery: Delivery }) {
  return (
    <tr>
      <td>
        <StateBadge state={delivery.state} />
      </td>
      <td className={styles.event}>
        <Link to={`/webhooks/${delivery.id}`}>{eventName(delivery.event)}</Link>
        {delivery.nodeId && <div className={ui.soft}>{delivery.nodeId}</div>}
      </td>
      <td className={styles.url}>{delivery.url}</td>
      <td>
        <Link to={`/runs/${delivery.runId}`}>
          <code title={delivery.runId}>…{delivery.runId.slice(-8)}</code>
        </Link>
      </td>
      <td className={ui.number}>{count(delivery.tryCount)}</td>
      <td className={styles.time}>
        <Time at={delivery.createTime} />
      </td>
      <td className={classes(styles.time, ui.soft)}>
        <NextTry delivery={delivery} />
      </td>
    </tr>
  );
}
