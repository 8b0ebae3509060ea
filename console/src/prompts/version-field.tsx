import type { ReactNode } from "react";
import type { Version } from "../api/client";
import { useVersions } from "../api/versions";
import { SelectField } from "../ui/field";
import { More } from "../ui/more";
import styles from "./version-field.module.css";
import { versionName } from "./version-name";

interface VersionFieldProps {
  promptId: string;
  /** The id of the version that is chosen; empty: what `unset` says. */
  value: string;
  /** That version, which may be older than those that are listed at first. */
  known?: Version;
  unset?: ReactNode;
  hideLabel?: boolean;
  fault?: string;
  onChoose: (id: string) => void;
}

/** Chooses a version of a prompt: one of the newest, or on demand of the older ones. */
export function VersionField({ promptId, value, known, unset, hideLabel, fault, onChoose }: VersionFieldProps) {
  const list = useVersions(promptId);
  const listed = list.items ?? [];
  const isListed = !known || listed.some(({ id }) => id === known.id);
  return (
    <div className={styles.version}>
      <SelectField
        label="Version"
        hideLabel={hideLabel}
        value={value}
        fault={fault}
        onChange={(event) => onChoose(event.target.value)}
      >
        {unset && <option value="">{unset}</option>}
        {(isListed ? listed : [...listed, known]).map((version) => (
          <option key={version.id} value={version.id}>
            {versionName(version)}
          </option>
        ))}
      </SelectField>
      <More list={list} small name="Older versions" />
    </div>
  );
}
