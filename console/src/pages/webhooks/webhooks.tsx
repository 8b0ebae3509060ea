import { RotateCw } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useCan } from "../../caller/caller";
import { ScopeNote } from "../../caller/scope-note";
import { Button } from "../../ui/button";
import { Page } from "../../ui/page";
import { Tabs } from "../../ui/tabs";
import { DeliveryFiltersForm } from "./delivery-filters";
import { DeliveryList } from "./delivery-list";
import { RedeliverDialog } from "./redeliver-dialog";
import { SecretCard } from "./secret-card";

const TABS = [
  ["deliveries", "Deliveries"],
  ["secret", "Signing secret"],
] as const;

/** What the address says of the list. */
export interface Chosen {
  state: string;
  /** By the clock of the browser, as `datetime-local` has it. */
  from: string;
  to: string;
}

export default function WebhooksPage() {
  const can = useCan();
  const [params, setParams] = useSearchParams();
  const [tab, setTab] = useState<(typeof TABS)[number][0]>("deliveries");
  const [isAsking, setAsking] = useState(false);
  const given = (name: string) => params.get(name) ?? "";
  const chosen = { state: given("state"), from: given("from"), to: given("to") };
  const choose = (next: Chosen) =>
    setParams(
      Object.entries(next).filter(([, value]) => value),
      { replace: true },
    );
  return (
    <Page
      title="Webhooks"
      about="What the URLs that runs were given as webhook have been told."
      actions={
        <Button disabled={!can("webhooks:write")} onClick={() => setAsking(true)}>
          <RotateCw size={16} aria-hidden="true" />
          Redeliver failed
        </Button>
      }
    >
      <ScopeNote scope="webhooks:write">To redeliver and to rotate the secret</ScopeNote>
      {can("webhooks:read") ? (
        <Tabs label="Webhooks" tabs={TABS} chosen={tab} onChoose={setTab}>
          {tab === "secret" ? (
            <SecretCard />
          ) : (
            <>
              <DeliveryFiltersForm chosen={chosen} onChange={choose} />
              <DeliveryList chosen={chosen} />
            </>
          )}
        </Tabs>
      ) : (
        <ScopeNote scope="webhooks:read">To see deliveries</ScopeNote>
      )}
      {isAsking && <RedeliverDialog from={chosen.from} to={chosen.to} onClose={() => setAsking(false)} />}
    </Page>
  );
}
