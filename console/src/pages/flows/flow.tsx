import { ReactFlowProvider } from "@xyflow/react";
import { useParams, useSearchParams } from "react-router";
import { usePrompt } from "../../api/prompts";
import { Async } from "../../ui/page";
import { DraftView } from "./draft/draft-view";
import { VersionView } from "./version/version-view";

/** A flow: one of its versions to look at and run, or a draft of the next one to edit. */
export default function FlowPage() {
  const { id = "" } = useParams();
  const [params] = useSearchParams();
  const sessionId = params.get("session");
  const versionId = params.get("version") ?? "";
  return (
    <Async query={usePrompt(id)} what="Loading the flow">
      {({ prompt }) =>
        prompt && (
          <ReactFlowProvider key={sessionId ?? "version"}>
            {sessionId ? (
              <DraftView prompt={prompt} sessionId={sessionId} />
            ) : (
              <VersionView prompt={prompt} versionId={versionId || prompt.latestVersion?.id || ""} />
            )}
          </ReactFlowProvider>
        )
      }
    </Async>
  );
}
