import { Star } from "lucide-react";
import { Link } from "react-router";
import type { Version } from "../../../api/client";
import { Badge } from "../../../ui/badge";
import { Button } from "../../../ui/button";
import { counted } from "../../../ui/format";
import { Time } from "../../../ui/time";
import styles from "./versions.module.css";

interface VersionListProps {
  versions: readonly Version[];
  chosen: string;
  /** The version that the chosen one is compared with, if it is. */
  against: string;
  more?: () => void;
  isLoadingMore: boolean;
}

export function VersionList({ versions, chosen, against, more, isLoadingMore }: VersionListProps) {
  return (
    <nav aria-label="Versions" className={styles.list}>
      <ol>
        {versions.map((version) => (
          <li key={version.id}>
            <Item version={version} isChosen={version.id === chosen} against={against} />
          </li>
        ))}
      </ol>
      {more && (
        <Button small busy={isLoadingMore} onClick={more}>
          Show more
        </Button>
      )}
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
