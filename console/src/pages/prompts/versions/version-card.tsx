import { FlaskConical, GitCompareArrows, Pencil, Tag, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Version } from "../../../api/client";
import { useWhyNot } from "../../../caller/why-not";
import { useNewSession } from "../../../prompts/use-new-session";
import { Badge } from "../../../ui/badge";
import { Button, LinkButton } from "../../../ui/button";
import { CopyButton } from "../../../ui/copy";
import { Card, Row } from "../../../ui/page";
import { Time } from "../../../ui/time";
import { LabelDialog } from "../labels/label-dialog";
import { DeleteVersionDialog } from "./delete-version-dialog";
import { VersionContent } from "./version-content";
import { Ratings } from "./version-list";
import styles from "./versions.module.css";

interface VersionCardProps {
  version: Version;
  canCompare: boolean;
  onCompare: () => void;
}

/** A version: what it says, and what can be done with it. */
export function VersionCard({ version, canCompare, onCompare }: VersionCardProps) {
  return (
    <Card
      label={`Version ${version.number}`}
      title={<Head version={version} />}
      actions={<Actions version={version} canCompare={canCompare} onCompare={onCompare} />}
    >
      {version.commitMessage && <p className={styles.message}>{version.commitMessage}</p>}
      <VersionContent version={version} />
    </Card>
  );
}

function Head({ version }: { version: Version }) {
  return (
    <div className={styles.head}>
      <Row>
        <h2>Version {version.number}</h2>
        {version.isLatest && <Badge>latest</Badge>}
        {version.labels.map((label) => (
          <Badge key={label} tone="accent">
            {label}
          </Badge>
        ))}
      </Row>
      <div className={styles.facts}>
        <span>
          Made <Time at={version.createTime} />
        </span>
        <span className={styles.id}>
          <code>{version.id}</code>
          <CopyButton text={version.id} label="Copy the id of the version" icon small />
        </span>
        <Ratings version={version} />
      </div>
    </div>
  );
}

function Actions({ version, canCompare, onCompare }: VersionCardProps) {
  const why = useWhyNot("prompts:write");
  const [shown, setShown] = useState<"label" | "delete">();
  const close = () => setShown(undefined);
  return (
    <>
      <EditButton version={version} />
      <LinkButton small to={`/playground?version=${version.id}`}>
        <FlaskConical size={14} aria-hidden="true" />
        Try in the playground
      </LinkButton>
      <Button
        small
        disabled={!canCompare}
        title={canCompare ? undefined : "There is no other version."}
        onClick={onCompare}
      >
        <GitCompareArrows size={14} aria-hidden="true" />
        Compare
      </Button>
      <Button small disabled={why !== undefined} title={why} onClick={() => setShown("label")}>
        <Tag size={14} aria-hidden="true" />
        Label…
      </Button>
      <Button small kind="quiet" disabled={why !== undefined} title={why} onClick={() => setShown("delete")}>
        <Trash2 size={14} aria-hidden="true" />
        Delete
      </Button>
      {shown === "label" && <LabelDialog promptId={version.promptId} version={version} onClose={close} />}
      {shown === "delete" && <DeleteVersionDialog version={version} onClose={close} />}
    </>
  );
}

function EditButton({ version }: { version: Version }) {
  const why = useWhyNot("prompts:write");
  const begin = useNewSession(version.promptId);
  if (version.graph) {
    return (
      <LinkButton small to={`/flows/${version.promptId}?version=${version.id}`}>
        <Pencil size={14} aria-hidden="true" />
        Open the flow
      </LinkButton>
    );
  }
  return (
    <Button
      small
      busy={begin.isPending}
      disabled={why !== undefined}
      title={why ?? "Begins a session with what this version says."}
      onClick={() => begin.mutate({ baseVersionId: version.id })}
    >
      {!begin.isPending && <Pencil size={14} aria-hidden="true" />}
      Edit
    </Button>
  );
}
