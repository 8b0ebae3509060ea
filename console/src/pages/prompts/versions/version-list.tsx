import { Star } from "lucide-react";
import { Link } from "react-router";
import type { Version } from "../../../api/client";
import type { useVersions } from "../../../api/versions";
import { Badge } from "../../../ui/badge";
import { counted } from "../../../ui/format";
import { More } from "../../../ui/more";
import { Time } from "../../../ui/time";
import styles from "./versions.module.css";

interface VersionListProps {
  list: ReturnType<typeof useVersions>;
  chosen: string;
  /** The version that the chosen one is compared with, if it is. */
  against: string;
}

export function VersionList({ list, chosen, against }: VersionListProps) {
  return (
    <nav aria-label="Versions" className={styles.list}>
      <ol>
        {list.items?.map((version) => (
          <li key={version.id}>
            <Item version={version} isChosen={version.id === chosen} against={against} />
          </li>
        ))}
      </ol>
      <More list={list} small />
    </nav>
  );
}

function Item({ version, isChosen, against }: { version: Version; isChosen: boolean; against: string }) {
  const { id, number, isLatest, labels, commitMessage, createTime } = version;
  const search = new URLSearchParams({ version: id, ...(against && { compare: against }) });
  return (
    <Link to={`?${search}`} replace className={styles.item} aria-current={isChosen ? "true" : undefined}>
      <span className={styles.itemHead}>
        <strong>Version {number}</strong>
        <span className={styles.when}>
          <Time at={createTime} />
        </span>
      </span>
      {commitMessage && <span className={styles.commit}>{commitMessage}</span>}
      {(isLatest || labels.length > 0 || version.ratings) && (
        <span className={styles.badges}>
          {isLatest && <Badge>latest</Badge>}
          {labels.map((label) => (
            <Badge key={label} tone="accent">
              {label}
            </Badge>
          ))}
          <Ratings version={version} />
        </span>
      )}
    </Link>
  );
}

/** How the runs of a version were rated; nothing when none was. */
export function Ratings({ version: { ratings } }: { version: Version }) {
  if (!ratings) return null;
  return (
    <span className={styles.ratings}>
      <Star size={13} aria-hidden="true" />
      {ratings.average.toFixed(1)} of 3 in {counted(ratings.count, "rating")}
    </span>
  );
}
