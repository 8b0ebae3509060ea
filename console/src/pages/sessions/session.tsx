import { useQuery } from "@tanstack/react-query";
import { Workflow } from "lucide-react";
import { useParams } from "react-router";
import { api, type Prompt, type Session, take } from "../../api/client";
import { LinkButton } from "../../ui/button";
import { Empty, ProblemNote } from "../../ui/notes";
import { Async, Page } from "../../ui/page";
import { SessionEditor } from "./session-editor";

export default function SessionPage() {
  const { id = "" } = useParams();
  const query = useQuery({
    queryKey: ["session", id],
    queryFn: () => take(api.GET("/api/sessions/{id}", { params: { path: { id } } })),
  });
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
    <Page title={session.name || `Session ${session.serial}`} crumbs={[["Flows", "/flows"]]}>
      <Empty icon={<Workflow size={28} />} title="This is a draft of a flow">
        <p>{prompt?.name ?? "The prompt"} holds a graph, which has an editor of its own.</p>
        <LinkButton kind="primary" to={`/flows/${session.promptId}?session=${session.id}`}>
          Open it in the flow editor
        </LinkButton>
      </Empty>
    </Page>
  );
}
