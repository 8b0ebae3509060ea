import { Link } from "react-router";
import type { Version } from "../../api/client";
import { Button } from "../../ui/button";
import { Combobox } from "../../ui/combobox";
import { SelectField } from "../../ui/field";
import { Loading, Note, ProblemNote } from "../../ui/notes";
import { type Listed, useVersions } from "../prompts/queries";
import type { Found } from "./form";
import styles from "./playground.module.css";
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
    return { value: id, name, detail: [alias, isFlow && "flow"].filter(Boolean).join(" · ") };
  });
  return (
    <>
      <div className={styles.pair}>
        <Combobox
          label="Prompt"
          placeholder="Choose one: type to search"
          choices={choices}
          value={prompt?.id ?? ""}
          onChoose={(promptId) => onChoose({ promptId })}
        />
        {found && <VersionField found={found} onChoose={onChoose} />}
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

interface VersionFieldProps {
  found: Found;
  onChoose: (target: Target) => void;
}

function VersionField({ found, onChoose }: VersionFieldProps) {
  const { version, prompt, isLatest } = found;
  const versions = useVersions(prompt.id);
  const listed = versions.items ?? [];
  const all = listed.some(({ id }) => id === version.id) ? listed : [version, ...listed];
  const latest = all.find((each) => each.isLatest);
  return (
    <div className={styles.version}>
      <SelectField
        label="Version"
        value={isLatest ? "" : version.id}
        onChange={(event) => onChoose(event.target.value ? { versionId: event.target.value } : { promptId: prompt.id })}
      >
        <option value="">{latest ? `Latest (version ${latest.number})` : "Latest"}</option>
        {all.map((each) => (
          <option key={each.id} value={each.id}>
            {nameOf(each)}
          </option>
        ))}
      </SelectField>
      {versions.more && (
        <Button small kind="quiet" busy={versions.isFetchingNextPage} onClick={versions.more}>
          List older versions
        </Button>
      )}
    </div>
  );
}

function nameOf({ number, labels, commitMessage }: Version): string {
  const said = commitMessage.length > 40 ? `${commitMessage.slice(0, 40)}…` : commitMessage;
  return [`Version ${number}`, labels.join(", "), said].filter(Boolean).join(" · ");
}
