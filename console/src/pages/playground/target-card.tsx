import { Link } from "react-router";
import { BASE, type Version } from "../../api/client";
import type { Listed } from "../../api/prompts";
import { FORMAT_NAMES } from "../../prompts/format-names";
import { toCurl } from "../../runs/curl";
import { Badge } from "../../ui/badge";
import { CopyButton } from "../../ui/copy";
import { Card } from "../../ui/page";
import { type Form, type Override, toSpec } from "./form";
import { OverrideFields } from "./override-fields";
import styles from "./playground.module.css";
import { TargetFields } from "./target-fields";
import type { Target } from "./targets";
import type { Side } from "./use-sides";

interface TargetCardProps {
  side: Side;
  prompts: readonly Listed[];
  form: Form;
  onChoose: (target: Target) => void;
  onOverride: (override: Override) => void;
}

/** A version to run, and what shall be other for this run. */
export function TargetCard({ side, prompts, form, onChoose, onOverride }: TargetCardProps) {
  const { name, target, override, running } = side;
  const { found } = target;
  const curl = found && toCurl(BASE, toSpec(found, form, override));
  return (
    <Card title={name} actions={curl && <CopyButton small kind="quiet" label="Copy as curl" text={curl} />}>
      <TargetFields prompts={prompts} target={target} onChoose={onChoose} />
      {found && (
        <p className={styles.facts}>
          <Kind of={found.version} />
          {found.version.model && <code>{found.version.model}</code>}
          <Link to={`/prompts/${found.prompt.id}?version=${found.version.id}`}>Show the version</Link>
        </p>
      )}
      {found && !found.version.graph && (
        <OverrideFields found={found} override={override} error={running.error} onChange={onOverride} />
      )}
    </Card>
  );
}

/** What a version is, or gives, unless that is a text. */
function Kind({ of: { graph, outputFormat } }: { of: Version }) {
  const name = graph ? "Flow" : FORMAT_NAMES[outputFormat?.type ?? "TYPE_TEXT"];
  return name !== FORMAT_NAMES.TYPE_TEXT && <Badge>{name}</Badge>;
}
