import { Note } from "../ui/notes";
import { useCan } from "./caller";

interface ScopeNoteProps {
  scope: string;
  /** What takes the scope: `To see usage`. */
  children: string;
}

/** Says what the key cannot do because it lacks a scope; nothing when it has that. */
export function ScopeNote({ scope, children }: ScopeNoteProps) {
  if (useCan()(scope)) return null;
  return (
    <Note kind="wait">
      <p>
        {children} takes the scope <code>{scope}</code>, which your key lacks.
      </p>
    </Note>
  );
}

/** Says that a key which only reads can change nothing here. */
export function ReadOnlyNote() {
  if (useCan()("prompts:write")) return null;
  return (
    <Note kind="wait">
      <p>
        You can look, but change nothing here: your key lacks the scope <code>prompts:write</code>.
      </p>
    </Note>
  );
}
