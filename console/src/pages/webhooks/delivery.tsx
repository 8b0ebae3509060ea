import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { api, type Delivery, take } from "../../api/client";
import { StateBadge } from "../../ui/badge";
import { Code } from "../../ui/copy";
import { exact } from "../../ui/format";
import { Async, Card, Facts, Page } from "../../ui/page";
import ui from "../../ui/ui.module.css";
import { pretty } from "./body";
import { eventName, isPending, REFRESH_MS } from "./deliveries";
import { NextTry } from "./next-try";
import { RedeliverButton } from "./redeliver-button";
import { Tries } from "./tries";

export default function DeliveryPage() {
  const { id = "" } = useParams();
  const query = useQuery({
    queryKey: ["delivery", id],
    queryFn: async () => {
      const { delivery } = await take(api.GET("/api/deliveries/{id}", { params: { path: { id } } }));
      return delivery ?? null;
    },
    refetchInterval: ({ state }) => (state.data && isPending(state.data) ? REFRESH_MS : false),
  });
  return (
    <Page
      title="Delivery"
      crumbs={[["Webhooks", "/webhooks"]]}
      about={<code>{id}</code>}
      actions={query.data && <RedeliverButton delivery={query.data} />}
    >
      <Async query={query} what="Loading the delivery">
        {(delivery) => delivery && <Content delivery={delivery} />}
      </Async>
    </Page>
  );
}

function Content({ delivery }: { delivery: Delivery }) {
  const body = pretty(delivery.body);
  return (
    <>
      <Card label="Facts">
        <Facts
          of={[
            ["State", <State key="state" of={delivery} />],
            ["Event", eventName(delivery.event)],
            ["Node", delivery.nodeId],
            ["URL", <code key="url">{delivery.url}</code>],
            ["Run", <RunLink key="run" id={delivery.runId} />],
            ["Created", delivery.createTime && exact(delivery.createTime)],
            ["Next try", isPending(delivery) ? <NextTry key="next" delivery={delivery} /> : undefined],
            ["Ended", delivery.endTime && exact(delivery.endTime)],
          ]}
        />
      </Card>
      <Card title="Tries" flush>
        <Tries tries={delivery.tries} />
      </Card>
      <Card title="Body">
        {delivery.body ? (
          <Code text={body.text} label={body.isJson ? "body, spread out" : "body"} />
        ) : (
          <p className={ui.soft}>It is made at the first try.</p>
        )}
      </Card>
    </>
  );
}

function State({ of }: { of: Delivery }) {
  return (
    <span aria-live="polite">
      <StateBadge state={of.state} />
    </span>
  );
}

function RunLink({ id }: { id: string }) {
  return (
    <Link to={`/runs/${id}`}>
      <code>{id}</code>
    </Link>
  );
}
