import { ArrowLeftRight, X } from "lucide-react";
import { useMemo } from "react";
import type { Version } from "../../../api/client";
import { Button } from "../../../ui/button";
import { SelectField } from "../../../ui/field";
import { Card } from "../../../ui/page";
import ui from "../../../ui/ui.module.css";
import { useAddress } from "../use-address";
import { compareVersions } from "./compare";
import { Diff } from "./diff-view";
import styles from "./versions.module.css";

interface CompareCardProps {
  /** The versions to choose among. */
  versions: readonly Version[];
  old: Version;
  next: Version;
}

/** Two versions side by side. */
export function CompareCard({ versions, old, next }: CompareCardProps) {
  const [, change] = useAddress();
  const { changed, equal } = useMemo(() => compareVersions(old, next), [old, next]);
  return (
    <Card
      label="Comparison"
      title={<h2>Compare versions</h2>}
      actions={
        <>
          <Button small onClick={() => change({ version: old.id, compare: next.id })}>
            <ArrowLeftRight size={14} aria-hidden="true" />
            Swap
          </Button>
          <Button small kind="quiet" onClick={() => change({ compare: "" })}>
            <X size={14} aria-hidden="true" />
            End comparing
          </Button>
        </>
      }
    >
      <div className={styles.sides}>
        <Choice label="Old (−)" versions={versions} version={old} onChoose={(compare) => change({ compare })} />
        <Choice label="New (+)" versions={versions} version={next} onChoose={(version) => change({ version })} />
      </div>
      {changed.length === 0 && <p>They say the same.</p>}
      {changed.map((part) => (
        <section key={part.title} className={styles.part}>
          <h3>{part.title}</h3>
          <Diff old={part.old} next={part.new} label={part.title} />
        </section>
      ))}
      {changed.length > 0 && equal.length > 0 && <p className={ui.soft}>Equal: {equal.join(", ").toLowerCase()}.</p>}
    </Card>
  );
}

interface ChoiceProps {
  label: string;
  versions: readonly Version[];
  version: Version;
  onChoose: (id: string) => void;
}

function Choice({ label, versions, version, onChoose }: ChoiceProps) {
  const isListed = versions.some(({ id }) => id === version.id);
  return (
    <SelectField label={label} value={version.id} onChange={(event) => onChoose(event.target.value)}>
      {(isListed ? versions : [...versions, version]).map(({ id, number, commitMessage, labels }) => (
        <option key={id} value={id}>
          {[`Version ${number}`, labels.join(", "), commitMessage.split("\n", 1)[0]?.slice(0, 80)]
            .filter(Boolean)
            .join(" · ")}
        </option>
      ))}
    </SelectField>
  );
}
