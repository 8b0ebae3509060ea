import { TextArea, TextField } from "../ui/field";
import type { Finding } from "./finding";
import styles from "./finding.module.css";
import { parsePairs } from "./pairs";

interface FindingFieldsProps {
  finding: Finding;
  /** Tells what the server said of a field. */
  faultOf: (...place: (string | number)[]) => string | undefined;
  onChange: (part: Partial<Finding>) => void;
}

/** Fields for whom a run is made, and what it can be found by; closed until they are wanted. */
export function FindingFields({ finding: { endUserId, metadata }, faultOf, onChange }: FindingFieldsProps) {
  return (
    <details className={styles.finding}>
      <summary>
        End user and metadata
        {(endUserId || metadata.trim()) && <span> (filled in)</span>}
      </summary>
      <div className={styles.fields}>
        <TextField
          label="End user"
          hint="For whom the run is made. Runs can be found by it."
          maxLength={256}
          value={endUserId}
          fault={faultOf("endUserId")}
          onChange={(event) => onChange({ endUserId: event.target.value })}
        />
        <TextArea
          label="Metadata"
          hint="To find the run by: one name=value a line, up to 16."
          mono
          rows={2}
          placeholder="team=search"
          value={metadata}
          fault={parsePairs(metadata).fault ?? faultOf("metadata")}
          onChange={(event) => onChange({ metadata: event.target.value })}
        />
      </div>
    </details>
  );
}
