import type { ButtonHTMLAttributes, ComponentProps, ReactNode } from "react";
import { Link } from "react-router";
import { classes } from "./classes";
import styles from "./ui.module.css";

type Kind = "primary" | "danger" | "quiet";

interface Looks {
  kind?: Kind;
  small?: boolean;
}

function looks({ kind, small }: Looks, extra?: string): string {
  return classes(styles.button, kind && styles[kind], small && styles.small, extra);
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & Looks & { busy?: boolean };

/** A button. While `busy` it cannot be pressed, and says so. */
export function Button({ kind, small, busy, className, children, disabled, type, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type ?? "button"}
      className={looks({ kind, small }, className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy && <span className={styles.spinner} aria-hidden="true" />}
      {children}
    </button>
  );
}

type IconButtonProps = ButtonProps & { label: string; children: ReactNode };

/** A button that shows an icon alone; `label` is its name, and what it shows when it is pointed at without a `title`. */
export function IconButton({ label, title = label, className, ...rest }: IconButtonProps) {
  return <Button {...rest} aria-label={label} title={title} className={classes(styles.icon, className)} />;
}

/** A link that looks like a button. */
export function LinkButton({ kind, small, className, ...rest }: ComponentProps<typeof Link> & Looks) {
  return <Link {...rest} className={looks({ kind, small }, className)} />;
}
