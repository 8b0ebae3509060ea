import { Workflow } from "lucide-react";
import { useParams } from "react-router";
import type { Prompt, Session } from "../../api/client";
import { useDraftSession } from "../../api/sessions";
import { sessionName, sessionPath } from "../../prompts/session-name";
import { LinkButton } from "../../ui/button";
import { Empty, ProblemNote } from "../../ui/notes";
import { Async, Card, Page } from "../../ui/page";
import { SessionEditor } from "./session-editor";

export default function SessionPage() {
  const { id = "" } = useParams();
  const query = useDraftSession(id);
  if (!query.data) {
    return (
      <Page title="Session" crumbs={[["Prompts", "/prompts"]]}>
        <Async query={query} what="Loading the session">
          {() => null}
        </Async>
      </Page>
    );
  }
  const { session, prompt } = query.data;
  if (!session) return <ProblemNote error={new Error("The server gave no session.")} />;
  if (session.graph) return <FlowSession session={session} prompt={prompt} />;
  return <SessionEditor key={session.id} session={session} prompt={prompt} />;
}

/** A draft of a flow is edited in the flow's own page. */
function FlowSession({ session, prompt }: { session: Session; prompt?: Prompt }) {
  return (
    <Page title={sessionName(session)} crumbs={[["Flows", "/flows"]]}>
      <Card>
        <Empty icon={<Workflow size={28} aria-hidden="true" />} title="This is a draft of a flow">
          <p>{prompt ? <bdi>{prompt.name}</bdi> : "The prompt"} holds a graph, which has an editor of its own.</p>
          <LinkButton kind="primary" to={sessionPath(session)}>
            Open it in the flow editor
          </LinkButton>
        </Empty>
      </Card>
    </Page>
  );
}
