import type { NodeRun } from "../../api/client";
import { useVersion } from "../../api/versions";
import { Note } from "../../ui/notes";
import { Async } from "../../ui/page";
import { RunGraph } from "../flows/run-graph";

interface GraphTabProps {
  versionId: string;
  nodeRuns: readonly NodeRun[];
  isEnded: boolean;
  /** A node was chosen, by its id. */
  onChoose: (id: string) => void;
}

/** The graph of the version that was run, with the states of its nodes. */
export default function GraphTab({ versionId, onChoose, ...states }: GraphTabProps) {
  const query = useVersion(versionId);
  return (
    <Async query={query} what="Loading the graph">
      {(version) =>
        version.graph ? (
          <RunGraph {...states} graph={version.graph} onChoose={(id) => id && onChoose(id)} />
        ) : (
          <Note>This version has no graph.</Note>
        )
      }
    </Async>
  );
}
