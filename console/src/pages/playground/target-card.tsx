import { Link } from "react-router";
import { BASE, type Version } from "../../api/client";
import { toCurl } from "../../runs/curl";
import { Badge } from "../../ui/badge";
import { CopyButton } from "../../ui/copy";
import { Card } from "../../ui/page";
import type { Listed } from "../prompts/queries";
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
          {kindOf(found.version) && <Badge>{kindOf(found.version)}</Badge>}
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

function kindOf({ graph, outputFormat }: Version): string | undefined {
  if (graph) return "Flow";
  return { TYPE_LIST: "List", TYPE_JSON: "JSON", TYPE_IMAGE: "Image", TYPE_TEXT: "", TYPE_UNSPECIFIED: "" }[
    outputFormat?.type ?? "TYPE_TEXT"
  ];
}
