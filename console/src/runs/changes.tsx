import type { NodeRun } from "../api/client";
import { Note } from "../ui/notes";

type Adjustment = NodeRun["adjustments"][number];

/** Which settings went to the model otherwise than they were given. */
export function Changes({ adjustments }: { adjustments: readonly Adjustment[] }) {
  if (adjustments.length === 0) return null;
  return (
    <Note kind="wait">
      <strong>Changed for this model</strong>
      <ul>
        {adjustments.map((adjustment) => (
          <li key={adjustment.parameter}>{tell(adjustment)}</li>
        ))}
      </ul>
    </Note>
  );
}

function tell({ parameter, given, sent, renamed }: Adjustment): string {
  if (sent === undefined) return `${parameter} ${JSON.stringify(given)} was left out`;
  return `${parameter} ${JSON.stringify(given)} was sent as ${renamed || parameter} ${JSON.stringify(sent)}`;
}
