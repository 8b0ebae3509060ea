import { Link } from "react-router";
import type { Listed } from "../../api/prompts";
import { useVersions } from "../../api/versions";
import { VersionField } from "../../prompts/version-field";
import { Combobox } from "../../ui/combobox";
import { isolate } from "../../ui/isolate";
import { Loading, Note, ProblemNote } from "../../ui/notes";
import ui from "../../ui/ui.module.css";
import type { Found } from "./form";
import type { Target } from "./targets";
import type { useTarget } from "./use-target";

interface TargetFieldsProps {
  prompts: readonly Listed[];
  target: ReturnType<typeof useTarget>;
  onChoose: (target: Target) => void;
}

/** Fields for a prompt and a version of it. */
export function TargetFields({ prompts, target, onChoose }: TargetFieldsProps) {
  const { prompt, found, error, isLoading } = target;
  const choices = prompts.map(({ id, name, alias, isFlow }) => {
    return { value: id, name, detail: [isolate(alias), isFlow && "flow"].filter(Boolean).join(" · ") };
  });
  return (
    <>
      <div className={ui.pair}>
        <Combobox
          label="Prompt"
          placeholder="Choose one: type to search"
          choices={choices}
          value={prompt?.id ?? ""}
          onChoose={(promptId) => onChoose({ promptId })}
        />
        {found && <FoundVersion found={found} onChoose={onChoose} />}
      </div>
      {isLoading && <Loading what="Loading the version" />}
      {error && <ProblemNote error={error} />}
      {prompt && !found && !isLoading && (
        <Note kind="wait">
          <p>
            It has no version yet. <Link to={`/prompts/${prompt.id}`}>Make one</Link>, then run it here.
          </p>
        </Note>
      )}
    </>
  );
}

function FoundVersion({ found, onChoose }: { found: Found; onChoose: (target: Target) => void }) {
  const { version, prompt, isLatest } = found;
  const latest = useVersions(prompt.id).items?.find((each) => each.isLatest);
  return (
    <VersionField
      promptId={prompt.id}
      value={isLatest ? "" : version.id}
      known={version}
      unset={latest ? `Latest (version ${latest.number})` : "Latest"}
      onChoose={(versionId) => onChoose(versionId ? { versionId } : { promptId: prompt.id })}
    />
  );
}
