import { useMemo, useState } from "react";
import type { Version } from "../../api/client";
import { useVersion } from "../../api/versions";
import { Comparison } from "../../prompts/comparison";
import { Async, Card } from "../../ui/page";
import ui from "../../ui/ui.module.css";
import { type Draft, listUnreadable, toVersionContent } from "./draft";
import styles from "./session.module.css";

/** What differs between a draft and the version that it began as; looked up when it is opened. */
export function ChangesCard({ base, draft }: { base: Version; draft: Draft }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Card label="Changes">
      <details className={styles.changes} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <h2>Changes since version {base.number}</h2>
        </summary>
        <div className={styles.changed}>{isOpen && <Compared base={base} draft={draft} />}</div>
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
  const content = useMemo(() => (isReadable ? toVersionContent(draft) : undefined), [isReadable, draft]);
  if (!content) return <p className={ui.hint}>Mend the JSON first, then the changes are shown.</p>;
  return <Comparison old={base} next={content} none="There are none: the draft says what the version says." />;
}
