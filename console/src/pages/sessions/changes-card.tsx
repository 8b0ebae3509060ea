import { useMemo, useState } from "react";
import type { Version } from "../../api/client";
import { classes } from "../../ui/classes";
import { Async, Card } from "../../ui/page";
import { useVersion } from "../prompts/queries";
import styles from "./changes.module.css";
import { type Draft, listUnreadable } from "./draft";
import { listChanges, toVersionContent } from "./draft-text";

/** What differs between a draft and the version that it began as; looked up when it is opened. */
export function ChangesCard({ base, draft }: { base: Version; draft: Draft }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Card label="Changes">
      <details className={styles.disclosure} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <h2>Changes since version {base.number}</h2>
        </summary>
        {isOpen && <Compared base={base} draft={draft} />}
      </details>
    </Card>
  );
}

function Compared({ base, draft }: { base: Version; draft: Draft }) {
  // The session holds it without its messages.
  const whole = useVersion(base.id);
  return (
    <Async query={whole} what="Loading the version">
      {(version) => <Changes base={version} draft={draft} />}
    </Async>
  );
}

function Changes({ base, draft }: { base: Version; draft: Draft }) {
  const isReadable = listUnreadable(draft).length === 0;
  const changes = useMemo(
    () => (isReadable ? listChanges(base, toVersionContent(draft)) : []),
    [isReadable, base, draft],
  );
  if (!isReadable) return <p className={styles.soft}>Mend the JSON first, then the changes are shown.</p>;
  if (changes.length === 0) return <p className={styles.soft}>There are none: the draft says what the version says.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so without a mouse
    <section tabIndex={0} aria-label="Changed lines" className={styles.changes}>
      {changes.map(({ kind, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines may be equal
        <div key={index} className={classes(styles.line, styles[kind])}>
          <span aria-hidden="true">{SIGNS[kind]}</span>
          {kind !== "same" && kind !== "gap" && <span className="visually-hidden">{kind}: </span>}
          <span>{text || " "}</span>
        </div>
      ))}
    </section>
  );
}

const SIGNS = { added: "+", removed: "−", same: " ", gap: " " };
