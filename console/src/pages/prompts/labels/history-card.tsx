import { useEffect, useId, useRef, useState } from "react";
import { nameFault } from "../../../prompts/label-name";
import { Button } from "../../../ui/button";
import { TextField } from "../../../ui/field";
import { Card } from "../../../ui/page";
import styles from "./labels.module.css";
import { Moves } from "./moves";

interface HistoryCardProps {
  promptId: string;
  /** The labels that there are, to be offered. */
  names: readonly string[];
  chosen: string;
  onChoose: (name: string) => void;
}

/** What was done with a label, also with one that is there no more. */
export function HistoryCard({ promptId, names, chosen, onChoose }: HistoryCardProps) {
  const [name, setName] = useState(chosen);
  const offered = useId();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setName(chosen);
    if (chosen) place.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <Card title="History of a label">
      <form
        className={styles.ask}
        onSubmit={(event) => {
          event.preventDefault();
          onChoose(name);
        }}
      >
        <TextField
          label="Label"
          hint="Also one that was deleted."
          list={offered}
          spellCheck={false}
          autoComplete="off"
          value={name}
          fault={nameFault(name)}
          onChange={(event) => setName(event.target.value)}
        />
        <datalist id={offered}>
          {names.map((it) => (
            <option key={it} value={it} />
          ))}
        </datalist>
        <Button type="submit" disabled={!name || nameFault(name) !== undefined}>
          Show its history
        </Button>
      </form>
      <div ref={place} aria-live="polite" className={styles.history}>
        {chosen && <Moves promptId={promptId} label={chosen} />}
      </div>
    </Card>
  );
}
