import { Button } from "../ui/button";
import { Note } from "../ui/notes";

/** Says that a session was saved elsewhere while there is something unsaved here. */
export function OutdatedNote({ onDiscard }: { onDiscard: () => void }) {
  return (
    <Note kind="wait">
      <p>The session was saved elsewhere meanwhile. Saving now puts your draft in place of that.</p>
      <div>
        <Button small onClick={onDiscard}>
          Discard mine and show the other
        </Button>
      </div>
    </Note>
  );
}
