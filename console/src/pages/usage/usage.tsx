import { BarChart3 } from "lucide-react";
import { useSearchParams } from "react-router";
import { useCan } from "../../caller/caller";
import { ScopeNote } from "../../caller/scope-note";
import { LinkButton } from "../../ui/button";
import { Empty } from "../../ui/notes";
import { Async, Card, Page } from "../../ui/page";
import { Breakdown } from "./breakdown";
import { Charts } from "./charts";
import { type Chosen, chosenBy, paramsOf } from "./chosen";
import { Filters } from "./filters";
import { groupName } from "./group-name";
import { RANGES } from "./ranges";
import { Tiles } from "./tiles";
import { total } from "./totals";
import { useNames, useUsage } from "./use-usage";

export default function UsagePage() {
  return (
    <Page
      title="Usage"
      about="What was run, how much of it failed, how long it took, and what it used. Days and hours are those of UTC."
    >
      {useCan()("runs:read") ? <Content /> : <ScopeNote scope="runs:read">To see usage</ScopeNote>}
    </Page>
  );
}

function Content() {
  const [params, setParams] = useSearchParams();
  const chosen = chosenBy(params);
  const names = useNames();
  // Models count the nodes of flows; the numbers of the whole range count runs.
  const all = useUsage({ ...chosen, group: "" });
  const grouped = useUsage(chosen);
  return (
    <>
      <Filters chosen={chosen} names={names} onChange={(next) => setParams(paramsOf(next), { replace: true })} />
      <Async query={all} what="Counting">
        {({ buckets }) => (
          <>
            <Tiles of={total(buckets)} />
            <Async query={grouped} what="Counting">
              {(usage) => {
                if (usage.buckets.length === 0) return <NoRuns chosen={chosen} />;
                const nameOf = (id: string) => groupName(usage.group, id, names);
                return (
                  <>
                    <Charts usage={usage} nameOf={nameOf} />
                    {usage.group && <Breakdown usage={usage} nameOf={nameOf} />}
                  </>
                );
              }}
            </Async>
          </>
        )}
      </Async>
    </>
  );
}

function NoRuns({ chosen }: { chosen: Chosen }) {
  const isFiltered = chosen.promptId || chosen.keyId || chosen.group;
  return (
    <Card label="Charts">
      <Empty
        icon={<BarChart3 size={28} aria-hidden="true" />}
        title={`No runs ${isFiltered ? "like these " : ""}in the last ${RANGES[chosen.range].words}`}
      >
        <p>Each run is counted here as soon as it is on record, with its errors, its time and its tokens.</p>
        {!isFiltered && <LinkButton to="/playground">Run a prompt</LinkButton>}
      </Empty>
    </Card>
  );
}
