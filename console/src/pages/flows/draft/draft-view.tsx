import type { Prompt, Session } from "../../../api/client";
import { useDraftSession } from "../../../api/sessions";
import { LinkButton } from "../../../ui/button";
import { Note } from "../../../ui/notes";
import { Async, Page } from "../../../ui/page";
import { Editor } from "./editor";

interface DraftViewProps {
  prompt: Prompt;
  sessionId: string;
}

/** A draft of a flow's next version, to edit, try and commit. */
export function DraftView({ prompt, sessionId }: DraftViewProps) {
  const query = useDraftSession(sessionId);
  return (
    <Async query={query} what="Loading the draft">
      {({ session }) => {
        if (!session || session.promptId !== prompt.id) return <Misplaced prompt={prompt} />;
        if (!session.graph && session.messages.length) return <NoFlow session={session} />;
        return <Editor key={session.id} prompt={prompt} session={session} />;
      }}
    </Async>
  );
}

function Misplaced({ prompt }: { prompt: Prompt }) {
  return (
    <Page title={prompt.name} crumbs={[["Flows", "/flows"]]}>
      <Note kind="wait">
        <p>This draft is of another flow.</p>
        <div>
          <LinkButton to={`/flows/${prompt.id}`}>Go to the flow</LinkButton>
        </div>
      </Note>
    </Page>
  );
}

function NoFlow({ session }: { session: Session }) {
  return (
    <Page title="No flow" crumbs={[["Flows", "/flows"]]}>
      <Note kind="wait">
        <p>This draft holds messages, and no graph.</p>
        <div>
          <LinkButton to={`/sessions/${session.id}`}>Edit its messages</LinkButton>
        </div>
      </Note>
    </Page>
  );
}
