import { Star } from "lucide-react";
import { counted } from "../../ui/format";
import styles from "./runs.module.css";

/** So many stars. */
export function Stars({ count }: { count: number }) {
  return (
    <span role="img" aria-label={counted(count, "star")} className={styles.stars}>
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Star key={index} size={13} fill="currentColor" aria-hidden="true" />
      ))}
    </span>
  );
}
