import { useMemo } from "react";
import ui from "../ui/ui.module.css";
import { type Content, compareContents } from "./compare";
import styles from "./comparison.module.css";
import { Diff } from "./diff-view";

interface ComparisonProps {
  old: Content;
  next: Content;
  /** What is said when both say the same. */
  none: string;
}

/** What differs between two versions, or a version and a draft, part by part. */
export function Comparison({ old, next, none }: ComparisonProps) {
  const { changed, equal } = useMemo(() => compareContents(old, next), [old, next]);
  if (changed.length === 0) return <p>{none}</p>;
  return (
    <>
      {changed.map((part) => (
        <section key={part.title} className={styles.part}>
          <h3>{part.title}</h3>
          <Diff old={part.old} next={part.new} label={part.title} />
        </section>
      ))}
      {equal.length > 0 && <p className={ui.soft}>Equal: {equal.join(", ").toLowerCase()}.</p>}
    </>
  );
}
