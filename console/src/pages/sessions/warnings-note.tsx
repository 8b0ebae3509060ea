import type { Warning } from "../../api/client";
import { Note } from "../../ui/notes";

/** What the server kept, but finds odd. */
export function WarningsNote({ warnings }: { warnings: readonly Warning[] }) {
  if (warnings.length === 0) return null;
  return (
    <Note kind="wait">
      <strong>It is kept, but:</strong>
      <ul>
        {warnings.map(({ field, message }) => (
          <li key={`${field} ${message}`}>
            {field}: {message}
          </li>
        ))}
      </ul>
    </Note>
  );
}
