import { useCan } from "../../session/session";
import { Note } from "../../ui/notes";

/** Give why a key may not do what takes this scope, to be the title of what it cannot press. */
export function whyNot(scope: string): string {
  return `Your key lacks the scope ${scope}.`;
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
