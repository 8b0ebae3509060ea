import { lazy, Suspense, useState } from "react";
import type { Run } from "../../api/client";
import type { Progress } from "../../runs/progress";
import { isUnderWay } from "../../runs/under-way";
import { Loading } from "../../ui/notes";
import { Card } from "../../ui/page";
import { Tabs } from "../../ui/tabs";
import { NodesTable } from "./nodes-table";
import { toTimeline } from "./timeline";
import { TimelinePicture } from "./timeline-picture";
import { useNow } from "./use-now";

const GraphTab = lazy(() => import("./graph-tab"));

const TABS = [
  ["timeline", "Timeline"],
  ["graph", "Graph"],
] as const;

interface NodesCardProps {
  run: Run;
  progress: Progress;
  /** The version whose graph was run; empty: there is none to show. */
  versionId: string;
}

/** The parts of a run: on an axis of time, in a table, and in the graph of a flow. */
export function NodesCard({ run, progress, versionId }: NodesCardProps) {
  const [tab, setTab] = useState<"timeline" | "graph">("timeline");
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(["template"]));
  const isMoving = isUnderWay(run);
  const now = useNow(isMoving);
  const timeline = toTimeline(run, now);
  const toggle = (id: string) => setOpen((shown) => (shown.has(id) ? without(shown, id) : new Set(shown).add(id)));
  const show = (id: string) => {
    setOpen((shown) => new Set(shown).add(id));
    requestAnimationFrame(() => document.getElementById(`node-${id}`)?.scrollIntoView({ block: "nearest" }));
  };
  const picture = <TimelinePicture timeline={timeline} onChoose={show} />;
  return (
    <>
      <Card title={versionId ? "How it ran" : "Timeline"}>
        {versionId ? (
          <Tabs label="How to look at the nodes" tabs={TABS} chosen={tab} onChoose={setTab}>
            {tab === "timeline" ? (
              picture
            ) : (
              <Suspense fallback={<Loading what="Loading the graph" />}>
                <GraphTab versionId={versionId} nodeRuns={run.nodeRuns} isEnded={!isMoving} onChoose={show} />
              </Suspense>
            )}
          </Tabs>
        ) : (
          picture
        )}
      </Card>
      {timeline.bars.length > 0 && (
        <NodesTable bars={timeline.bars} progress={progress} open={open} onToggle={toggle} />
      )}
    </>
  );
}

function without(shown: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...shown].filter((other) => other !== id));
}
