import type { Prompt, Version } from "../../../api/client";
import { VersionField } from "../../../prompts/version-field";
import { Badge } from "../../../ui/badge";
import { Time } from "../../../ui/time";
import { useAddress } from "../../../ui/use-address";
import styles from "../flow.module.css";

/** Which version is shown, and what is known of it; others can be chosen. */
export function VersionBar({ prompt, version }: { prompt: Prompt; version: Version }) {
  const [, change] = useAddress();
  return (
    <div className={styles.bar}>
      <div className={styles.pick}>
        <VersionField
          promptId={prompt.id}
          hideLabel
          value={version.id}
          known={version}
          onChoose={(id) => change({ version: id === prompt.latestVersion?.id ? "" : id })}
        />
      </div>
      {version.labels.map((label) => (
        <Badge key={label} tone="accent">
          {label}
        </Badge>
      ))}
      <span>
        <Time at={version.createTime} />
        {version.commitMessage && `: ${version.commitMessage}`}
      </span>
      {prompt.alias && <code>{prompt.alias}</code>}
    </div>
  );
}
