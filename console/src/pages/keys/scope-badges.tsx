import { useState } from "react";
import { Badge } from "../../ui/badge";
import styles from "./keys.module.css";

const SHOWN = 3;

/** The scopes of a key; only some of them, until asked, when they are many. */
export function ScopeBadges({ scopes }: { scopes: readonly string[] }) {
  const [isOpen, setOpen] = useState(false);
  const isLong = scopes.length > SHOWN + 1;
  return (
    <div className={styles.scopes}>
      {(isLong && !isOpen ? scopes.slice(0, SHOWN) : scopes).map((scope) => (
        <Badge key={scope}>{scope}</Badge>
      ))}
      {isLong && (
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Show fewer" : `${scopes.length - SHOWN} more`}
        </button>
      )}
    </div>
  );
}
