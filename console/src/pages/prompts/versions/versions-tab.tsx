import { GitCommitVertical } from "lucide-react";
import type { Prompt } from "../../../api/client";
import { useSessions } from "../../../api/sessions";
import { useVersion, useVersions } from "../../../api/versions";
import { useCan } from "../../../caller/caller";
import { sessionPath } from "../../../prompts/session-name";
import { useNewSession } from "../../../prompts/use-new-session";
import { Button, LinkButton } from "../../../ui/button";
import { Empty } from "../../../ui/notes";
import { Async, Card } from "../../../ui/page";
import ui from "../../../ui/ui.module.css";
import { useAddress } from "../../../ui/use-address";
import { CompareCard } from "./compare-card";
import { VersionCard } from "./version-card";
import { VersionList } from "./version-list";
import styles from "./versions.module.css";

/** The versions of a prompt beside the chosen one, or the comparison of two. */
export function VersionsTab({ prompt }: { prompt: Prompt }) {
  const versions = useVersions(prompt.id);
  const [params, change] = useAddress();
  const items = versions.items ?? [];
  const id = params.get("version") ?? items[0]?.id ?? "";
  const against = params.get("compare") ?? "";
  const known = (wanted: string) => items.find((version) => version.id === wanted);
  const chosen = useVersion(id, known(id));
  const old = useVersion(against, known(against));
  return (
    <Async query={{ ...versions, data: versions.items }} what="Loading the versions">
      {(listed) =>
        listed.length === 0 ? (
          <NoVersions prompt={prompt} />
        ) : (
          <div className={styles.versions}>
            <VersionList list={versions} chosen={id} against={against} />
            <Async query={chosen}>
              {(version) =>
                against ? (
                  <Async query={old}>{(other) => <CompareCard versions={listed} old={other} next={version} />}</Async>
                ) : (
                  <VersionCard
                    key={version.id}
                    version={version}
                    onCompare={() => change({ version: id, compare: before(listed, version.id) })}
                    canCompare={listed.length > 1}
                  />
                )
              }
            </Async>
          </div>
        )
      }
    </Async>
  );
}

/** Give the version below another one in the list; above it, where that is the last. */
function before(listed: readonly { id: string }[], id: string): string {
  const at = listed.findIndex((version) => version.id === id);
  return (listed[at + 1] ?? listed[at - 1] ?? listed[0])?.id ?? "";
}

function NoVersions({ prompt }: { prompt: Prompt }) {
  const can = useCan()("prompts:write");
  const begin = useNewSession(prompt.id);
  const [draft] = useSessions(prompt.id).items ?? [];
  return (
    <Card>
      <Empty icon={<GitCommitVertical size={28} aria-hidden="true" />} title="No version yet">
        <p>
          A version is what a run sends to the model, and never changes. Write the first one in a session, try it there,
          and commit it.
        </p>
        <div className={ui.row}>
          {draft && (
            <LinkButton kind="primary" to={sessionPath(draft)}>
              Go on with {draft.graph ? "the draft of a flow" : "the draft"}
            </LinkButton>
          )}
          {can && (
            <Button kind={draft ? undefined : "primary"} busy={begin.isPending} onClick={() => begin.mutate({})}>
              {draft ? "Begin another one" : "Write the first version"}
            </Button>
          )}
        </div>
      </Empty>
    </Card>
  );
}
