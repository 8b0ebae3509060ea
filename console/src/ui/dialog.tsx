import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button, IconButton } from "./button";
import { classes } from "./classes";
import { ProblemNote } from "./notes";
import styles from "./ui.module.css";

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ReactNode;
}

/** A modal dialog while it is rendered; Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // React's autoFocus comes before there is anything to see, and so to focus.
    shown?.querySelector<HTMLElement>("input, select, textarea")?.focus();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={classes(styles.dialog, wide && styles.wide)}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className={styles.dialogHead}>
        <h2 id={id}>{title}</h2>
        <IconButton label="Close" kind="quiet" small onClick={onClose}>
          <X size={16} />
        </IconButton>
      </div>
      <div className={styles.dialogBody}>{children}</div>
    </dialog>
  );
}

interface FormDialogProps extends DialogProps {
  action: string;
  danger?: boolean;
  busy?: boolean;
  disabled?: boolean;
  error?: Error | null;
  onSubmit: () => void;
}

/** A dialog with a form: its fields, what was refused, and the buttons. */
export function FormDialog({ action, danger, busy, disabled, error, onSubmit, children, ...rest }: FormDialogProps) {
  return (
    <Dialog {...rest}>
      <form
        className={styles.page}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        {error && <ProblemNote error={error} />}
        <div className={styles.actions}>
          <Button onClick={rest.onClose}>Cancel</Button>
          <Button type="submit" kind={danger ? "danger" : "primary"} busy={busy} disabled={disabled}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
