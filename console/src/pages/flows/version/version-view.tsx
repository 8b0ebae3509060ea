import { GitCommitVertical } from "lucide-react";
import { useCallback, useState } from "react";
import { Link } from "react-router";
import type { Prompt, Version } from "../../../api/client";
import { faultAt } from "../../../api/fault-at";
import { useVersion } from "../../../api/versions";
import { givenFinding, NO_FINDING } from "../../../runs/finding";
import { FindingFields } from "../../../runs/finding-fields";
import { givenInputs, strictVariables } from "../../../runs/given";
import type { Inputs } from "../../../runs/inputs-form";
import { parsePairs } from "../../../runs/pairs";
import { useAgain } from "../../../runs/use-again";
import { LinkButton } from "../../../ui/button";
import { Empty, Note } from "../../../ui/notes";
import { Async, Card, Page } from "../../../ui/page";
import { ExportButtons } from "../export-buttons";
import { type Graph, toGraph } from "../graph/document";
import { RunPanel } from "../run/run-panel";
import { useFlowRun } from "../run/use-flow-run";
import { Workspace } from "../workspace";
import { EditButton } from "./edit-button";
import { VersionBar } from "./version-bar";

interface VersionViewProps {
  prompt: Prompt;
  /** Empty: the flow has no version yet. */
  versionId: string;
}

/** A version of a flow, to look at and to run. */
export function VersionView({ prompt, versionId }: VersionViewProps) {
  const known = prompt.latestVersion?.id === versionId ? prompt.latestVersion : undefined;
  const query = useVersion(versionId, known);
  if (!versionId) return <NoVersion prompt={prompt} />;
  return (
    <Async query={query} what="Loading the version">
      {(version) => {
        const graph = toGraph(version.graph);
        if (!graph || version.promptId !== prompt.id) return <NoFlow prompt={prompt} />;
        return <Shown key={version.id} prompt={prompt} version={version} graph={graph} />;
      }}
    </Async>
  );
}

function Shown({ prompt, version, graph }: { prompt: Prompt; version: Version; graph: Graph }) {
  const [inputs, setInputs] = useState<Inputs>({});
  const [finding, setFinding] = useState(NO_FINDING);
  const flowRun = useFlowRun(graph);
  const { error } = flowRun.running;
  useAgain(
    useCallback(({ inputs: given, endUserId, metadata }) => {
      setInputs(given);
      setFinding({ endUserId, metadata });
    }, []),
  );
  const variables = prompt.strictVariables ? strictVariables(version.variables) : version.variables;
  return (
    <Page
      title={prompt.name}
      crumbs={[["Flows", "/flows"]]}
      about={prompt.description}
      actions={
        <>
          <ExportButtons name={prompt.alias || prompt.name} graph={graph} />
          <LinkButton to={`/prompts/${prompt.id}`} title="Its name, folder, versions and labels">
            Manage
          </LinkButton>
          <EditButton prompt={prompt} version={version} />
        </>
      }
    >
      <VersionBar prompt={prompt} version={version} />
      <Workspace
        graph={graph}
        flowRun={flowRun}
        first="run"
        runPanel={
          <RunPanel
            variables={variables}
            inputs={inputs}
            onChange={setInputs}
            flowRun={flowRun}
            onRun={() => {
              const given = givenInputs(variables, inputs);
              flowRun.running.start({ versionId: version.id, inputs: given, ...givenFinding(finding) });
            }}
            hindrance={parsePairs(finding.metadata).fault && "Mend the metadata first."}
            action={`Run version ${version.number}`}
          >
            <FindingFields
              finding={finding}
              faultOf={(...place) => faultAt(error, ...place)}
              onChange={(part) => setFinding((last) => ({ ...last, ...part }))}
            />
          </RunPanel>
        }
      />
    </Page>
  );
}

function NoVersion({ prompt }: { prompt: Prompt }) {
  return (
    <Page title={prompt.name} crumbs={[["Flows", "/flows"]]} about={prompt.description}>
      <Card>
        <Empty icon={<GitCommitVertical size={28} aria-hidden="true" />} title="No version yet">
          <p>
            Edit a draft, try it, and commit it: that makes the first version, which can be run by its id or a label.
          </p>
          <EditButton prompt={prompt} />
        </Empty>
      </Card>
    </Page>
  );
}

function NoFlow({ prompt }: { prompt: Prompt }) {
  return (
    <Page title={prompt.name} crumbs={[["Flows", "/flows"]]} about={prompt.description}>
      <Note kind="wait">
        <p>
          This version holds messages, and no graph. It is shown with its{" "}
          <Link to={`/prompts/${prompt.id}`}>prompt</Link>.
        </p>
      </Note>
    </Page>
  );
}
