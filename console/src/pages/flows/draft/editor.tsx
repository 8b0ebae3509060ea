import { useState } from "react";
import type { Prompt, Session } from "../../../api/client";
import { useCan } from "../../../caller/caller";
import { ReadOnlyNote } from "../../../caller/scope-note";
import { LeaveDialog } from "../../../prompts/leave-dialog";
import { OutdatedNote } from "../../../prompts/outdated-note";
import { givenInputs, strictVariables } from "../../../runs/given";
import { Badge } from "../../../ui/badge";
import { isolate } from "../../../ui/isolate";
import { ProblemNote } from "../../../ui/notes";
import { Page, Row } from "../../../ui/page";
import { useShortcut } from "../../../ui/shortcut";
import { Time } from "../../../ui/time";
import { listVariables } from "../graph/names";
import { RunPanel } from "../run/run-panel";
import { useFlowRun } from "../run/use-flow-run";
import { Workspace } from "../workspace";
import { DraftActions } from "./draft-actions";
import { DraftToolbar } from "./draft-toolbar";
import { type Draft, useDraft } from "./use-draft";
import { type Saving, useSaving } from "./use-saving";

/** The editor of a flow's draft: its graph, and what tries it out. */
export function Editor({ prompt, session }: { prompt: Prompt; session: Session }) {
  const draft = useDraft(session, useCan()("prompts:write"));
  const saving = useSaving(session, draft);
  useShortcut("s", saving.save);
  return (
    <Page
      title={`Draft of ${isolate(prompt.name)}`}
      crumbs={[
        ["Flows", "/flows"],
        [prompt.name, `/flows/${prompt.id}`],
      ]}
      about={<About session={session} isUnsaved={draft.isUnsaved} />}
      actions={<DraftActions prompt={prompt} session={session} draft={draft} saving={saving} />}
    >
      <ReadOnlyNote />
      {draft.isOutdated && <OutdatedNote onDiscard={draft.discard} />}
      {saving.error && <ProblemNote error={saving.error} />}
      <Trying prompt={prompt} session={session} draft={draft} saving={saving} />
      <LeaveDialog isUnsaved={draft.isUnsaved} />
    </Page>
  );
}

interface TryingProps {
  prompt: Prompt;
  session: Session;
  draft: Draft;
  saving: Saving;
}

/** The graph, with runs of the draft, which is saved before. */
function Trying({ prompt, session, draft, saving }: TryingProps) {
  const flowRun = useFlowRun(draft.graph);
  const can = useCan()("prompts:write");
  const [isWanted, setWanted] = useState(false);
  const listed = listVariables(draft.graph);
  const variables = prompt.strictVariables ? strictVariables(listed) : listed;
  const run = async () => {
    setWanted(true);
    try {
      await saving.settle();
      flowRun.running.start({ sessionId: session.id, inputs: givenInputs(variables, draft.inputs) });
    } catch {
      // What was refused is told where the draft is saved.
    } finally {
      setWanted(false);
    }
  };
  return (
    <Workspace
      graph={draft.graph}
      flowRun={flowRun}
      first="node"
      remarks={saving.remarks}
      change={can ? draft.change : undefined}
      toolbar={can ? (show) => <DraftToolbar draft={draft} show={show} /> : undefined}
      runPanel={
        <RunPanel
          variables={variables}
          inputs={draft.inputs}
          onChange={draft.setInputs}
          flowRun={flowRun}
          onRun={run}
          isPreparing={isWanted}
          action={draft.isUnsaved ? "Save and run" : "Run the draft"}
        />
      }
    />
  );
}

function About({ session, isUnsaved }: { session: Session; isUnsaved: boolean }) {
  const { baseVersion, updateTime } = session;
  return (
    <Row>
      <span>
        {baseVersion ? `Begun as version ${baseVersion.number}. ` : "The flow is listed once a version is committed. "}
        Saved <Time at={updateTime} />
      </span>
      {isUnsaved && <Badge tone="wait">Unsaved changes</Badge>}
    </Row>
  );
}
