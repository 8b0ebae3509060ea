import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./ui.module.css";

/** What scrolls sideways where it is wider than its place, also by the keys: a table without links or buttons in it. */
export function Scroll({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so without a mouse
    <section tabIndex={0} aria-label={label} className={classes(styles.scroll, className)}>
      {children}
    </section>
  );
}
