import type { Prompt, Version } from "../../../api/client";
import { Badge } from "../../../ui/badge";
import { Button } from "../../../ui/button";
import { SelectField } from "../../../ui/field";
import { Time } from "../../../ui/time";
import { useVersions } from "../../prompts/queries";
import { useAddress } from "../../prompts/use-address";
import styles from "../flow.module.css";

/** Which version is shown, and what is known of it; others can be chosen. */
export function VersionBar({ prompt, version }: { prompt: Prompt; version: Version }) {
  const versions = useVersions(prompt.id);
  const [, change] = useAddress();
  const listed = versions.items ?? [];
  const all = listed.some(({ id }) => id === version.id) ? listed : [...listed, version];
  return (
    <div className={styles.bar}>
      <div className={styles.pick}>
        <SelectField
          label="Version"
          hideLabel
          value={version.id}
          onChange={(event) =>
            change({ version: event.target.value === prompt.latestVersion?.id ? "" : event.target.value })
          }
        >
          {all.map((each) => (
            <option key={each.id} value={each.id}>
              {describe(each)}
            </option>
          ))}
        </SelectField>
      </div>
      {versions.more && (
        <Button small kind="quiet" busy={versions.isFetchingNextPage} onClick={versions.more}>
          Older ones
        </Button>
      )}
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

function describe({ number, isLatest, labels }: Version): string {
  const notes = [isLatest && "latest", ...labels].filter(Boolean).join(", ");
  return `Version ${number}${notes && ` (${notes})`}`;
}
