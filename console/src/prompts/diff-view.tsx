import { useMemo, useState } from "react";
import { Button } from "../ui/button";
import { classes } from "../ui/classes";
import { counted } from "../ui/format";
import styles from "./comparison.module.css";
import { type Block, compareTexts, fold, type Line, type Row } from "./diff";

interface DiffProps {
  old: string;
  next: string;
  label: string;
}

/** Two texts beside each other; on narrow pages each changed line is below the one that it replaces. */
export function Diff({ old, next, label }: DiffProps) {
  const blocks = useMemo(() => fold(compareTexts(old, next)), [old, next]);
  return (
    <section className={styles.diff} aria-label={`Changes of ${label.toLowerCase()}`}>
      {blocks.map((block) => (
        <BlockOfRows key={keyOf(block.rows[0])} block={block} />
      ))}
    </section>
  );
}

function BlockOfRows({ block }: { block: Block }) {
  const [isShown, setShown] = useState(!block.isHidden);
  if (!isShown) {
    return (
      <div className={styles.fold}>
        <Button small kind="quiet" onClick={() => setShown(true)}>
          Show {counted(block.rows.length, "equal line")}
        </Button>
      </div>
    );
  }
  return block.rows.map((row) => (
    <div key={keyOf(row)} className={classes(styles.pair, row.isSame && styles.same)}>
      <Side line={row.old} sign={row.isSame ? " " : "−"} />
      <Side line={row.new} sign={row.isSame ? " " : "+"} />
    </div>
  ));
}

function Side({ line, sign }: { line?: Line; sign: " " | "−" | "+" }) {
  if (!line) return <div className={styles.none} />;
  const Own = sign === "+" ? "ins" : "del";
  return (
    <div className={classes(styles.line, sign === "−" && styles.gone, sign === "+" && styles.come)}>
      <span className={styles.lineNumber}>{line.number}</span>
      <span className={styles.sign}>{sign}</span>
      <code>
        {line.spans.map(({ text, isOwn }, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: spans of a line never change places
          isOwn ? <Own key={index}>{text}</Own> : text,
        )}
      </code>
    </div>
  );
}

function keyOf(row?: Row): string {
  return `${row?.old?.number}/${row?.new?.number}`;
}
