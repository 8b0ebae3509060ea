import { Button } from "./button";
import styles from "./ui.module.css";

interface MoreProps {
  /** A list of `usePages`. */
  list: { more?: () => void; isFetchingNextPage: boolean };
  /** What the next page holds, where that needs to be said. */
  name?: string;
  small?: boolean;
}

/** Gets the next page of a list, when there is one. */
export function More({ list, name = "Show more", small }: MoreProps) {
  if (!list.more) return null;
  return (
    <div className={styles.row}>
      <Button small={small} busy={list.isFetchingNextPage} onClick={list.more}>
        {name}
      </Button>
    </div>
  );
}
