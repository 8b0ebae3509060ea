import { Button } from "../../ui/button";
import { Note } from "../../ui/notes";
import styles from "./session.module.css";

/** Says that the session was saved elsewhere while there is something unsaved here. */
export function OutdatedNote({ onDiscard }: { onDiscard: () => void }) {
  return (
    <Note kind="wait">
      <p>The session was saved elsewhere meanwhile. Saving now puts your draft in place of that.</p>
      <div className={styles.row}>
        <Button small onClick={onDiscard}>
          Discard mine and show the other
        </Button>
      </div>
    </Note>
  );
}
