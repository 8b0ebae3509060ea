import { ArrowLeftRight, X } from "lucide-react";
import type { Version } from "../../../api/client";
import { Comparison } from "../../../prompts/comparison";
import { versionName } from "../../../prompts/version-name";
import { Button } from "../../../ui/button";
import { SelectField } from "../../../ui/field";
import { Card } from "../../../ui/page";
import { useAddress } from "../../../ui/use-address";
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
      <Comparison old={old} next={next} none="They say the same." />
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
      {(isListed ? versions : [...versions, version]).map((each) => (
        <option key={each.id} value={each.id}>
          {versionName(each)}
        </option>
      ))}
    </SelectField>
  );
}
