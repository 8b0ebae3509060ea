import { useState } from "react";
import { useParams } from "react-router";
import type { Folder, Prompt } from "../../api/client";
import { usePrompt } from "../../api/prompts";
import { ReadOnlyNote } from "../../caller/scope-note";
import { Async, Page } from "../../ui/page";
import { Tabs } from "../../ui/tabs";
import { useAddress } from "../../ui/use-address";
import { EditPromptDialog } from "./edit-prompt-dialog";
import { LabelsTab } from "./labels/labels-tab";
import { About, Actions } from "./prompt-head";
import { SessionsTab } from "./sessions/sessions-tab";
import { SettingsTab } from "./settings/settings-tab";
import { VersionsTab } from "./versions/versions-tab";

const TABS = [
  ["versions", "Versions"],
  ["labels", "Labels"],
  ["sessions", "Sessions"],
  ["settings", "Settings"],
] as const;

export default function PromptPage() {
  const { id = "" } = useParams();
  const query = usePrompt(id);
  const { prompt, folder } = query.data ?? {};
  if (prompt) return <Found key={prompt.id} prompt={prompt} folder={folder} />;
  return (
    <Page title="Prompt" crumbs={[["Prompts", "/prompts"]]}>
      <Async query={query}>{() => null}</Async>
    </Page>
  );
}

function Found({ prompt, folder }: { prompt: Prompt; folder?: Folder }) {
  const [params, change] = useAddress();
  const [isEditing, setEditing] = useState(false);
  const edit = () => setEditing(true);
  const tab = TABS.find(([name]) => name === params.get("tab"))?.[0] ?? "versions";
  return (
    <Page
      title={prompt.name}
      crumbs={[
        ["Prompts", "/prompts"],
        ...(folder ? [[folder.name, `/prompts?folder=${folder.id}`] as [string, string]] : []),
      ]}
      about={<About prompt={prompt} />}
      actions={<Actions prompt={prompt} onEdit={edit} />}
    >
      <ReadOnlyNote />
      <Tabs
        label="Parts of the prompt"
        tabs={TABS}
        chosen={tab}
        onChoose={(name) => change({ tab: name === "versions" ? "" : name, version: "", compare: "" })}
      >
        {tab === "versions" && <VersionsTab prompt={prompt} />}
        {tab === "labels" && <LabelsTab prompt={prompt} />}
        {tab === "sessions" && <SessionsTab prompt={prompt} />}
        {tab === "settings" && <SettingsTab prompt={prompt} folder={folder} onEdit={edit} />}
      </Tabs>
      {isEditing && <EditPromptDialog prompt={prompt} onClose={() => setEditing(false)} />}
    </Page>
  );
}
