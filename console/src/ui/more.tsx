import { Button } from "./button";
import styles from "./ui.module.css";

interface MoreProps {
  /** A list of `usePages`. */
  list: { more?: () => void; isFetchingNextPage: boolean };
}

/** Gets the next page of a list, when there is one. */
export function More({ list }: MoreProps) {
  if (!list.more) return null;
  return (
    <div className={styles.row}>
      <Button busy={list.isFetchingNextPage} onClick={list.more}>
        Show more
      </Button>
    </div>
  );
}
