import { ListTree } from "lucide-react";
import { useState } from "react";
import { useCan } from "../../caller/caller";
import { LinkButton } from "../../ui/button";
import { counted } from "../../ui/format";
import { More } from "../../ui/more";
import { Empty, Note, ProblemNote } from "../../ui/notes";
import { Async, Card, Page } from "../../ui/page";
import { ExportButton } from "./export-button";
import { FilterBar } from "./filter-bar";
import { type Filters, isFiltered } from "./filters";
import { LiveSwitch } from "./live-switch";
import { RunsTable } from "./runs-table";
import { useFilters } from "./use-filters";
import { useLiveRuns, useRuns } from "./use-live-runs";

export default function RunsPage() {
  const [filters, change] = useFilters();
  const [isLive, setLive] = useState(true);
  return (
    <Page
      title="Runs"
      about="What was run: by your services, in the playground, and here."
      actions={
        <>
          <LiveSwitch isOn={isLive} onChange={setLive} />
          <ExportButton filters={filters} />
        </>
      }
    >
      {useCan()("runs:read") ? (
        <>
          <FilterBar filters={filters} onChange={change} />
          <List filters={filters} isLive={isLive} />
        </>
      ) : (
        <Note kind="wait">Your key lacks the scope runs:read, so that it can show no runs.</Note>
      )}
    </Page>
  );
}

function List({ filters, isLive }: { filters: Filters; isLive: boolean }) {
  const list = useRuns(filters);
  const live = useLiveRuns(filters, isLive && list.isSuccess);
  const added = live.data?.added ?? 0;
  return (
    <>
      <p role="status" className="visually-hidden">
        {added > 0 && `${counted(added, "new run")}`}
      </p>
      {list.isSuccess && isLive && live.error && <ProblemNote error={live.error} />}
      <Async query={{ ...list, data: list.items }} what="Loading runs">
        {(runs) =>
          runs.length > 0 ? (
            <>
              <Card flush label="Runs">
                <RunsTable runs={runs} />
              </Card>
              <More list={list} />
            </>
          ) : (
            <Nothing isFiltered={isFiltered(filters)} />
          )
        }
      </Async>
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Card>
        <Empty title="No run fits these filters">
          <p>Take one of them away. Words are found a few seconds after a run has ended.</p>
        </Empty>
      </Card>
    );
  }
  return (
    <Card>
      <Empty icon={<ListTree size={28} aria-hidden="true" />} title="Nothing was run yet">
        <p>Every run is kept here: what went in, what came out, how long it took, and what it used.</p>
        <LinkButton kind="primary" to="/playground">
          Make the first run
        </LinkButton>
      </Empty>
    </Card>
  );
}
