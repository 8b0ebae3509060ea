import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { classes } from "./classes";
import styles from "./ui.module.css";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the value. */
  fault?: string;
  /** Whether the label is for screen readers alone. */
  hideLabel?: boolean;
}

interface Wiring {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

function Field({ label, hint, fault, hideLabel, children }: FieldProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(" ") || undefined;
  return (
    <div className={styles.field}>
      <label className={hideLabel ? "visually-hidden" : styles.label} htmlFor={id}>
        {label}
      </label>
      {children({ id, "aria-describedby": described, "aria-invalid": fault ? true : undefined })}
      {hint && (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p className={styles.fault} id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

type Own<T> = Omit<T, keyof Wiring> & FieldProps & { mono?: boolean };

export function TextField({
  label,
  hint,
  fault,
  hideLabel,
  mono,
  className,
  ...rest
}: Own<InputHTMLAttributes<HTMLInputElement>>) {
  return (
    <Field label={label} hint={hint} fault={fault} hideLabel={hideLabel}>
      {(wiring) => <input {...rest} {...wiring} className={classes(styles.input, mono && styles.mono, className)} />}
    </Field>
  );
}

export function TextArea({
  label,
  hint,
  fault,
  hideLabel,
  mono,
  className,
  ...rest
}: Own<TextareaHTMLAttributes<HTMLTextAreaElement>>) {
  return (
    <Field label={label} hint={hint} fault={fault} hideLabel={hideLabel}>
      {(wiring) => <textarea {...rest} {...wiring} className={classes(styles.input, mono && styles.mono, className)} />}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  fault,
  hideLabel,
  mono,
  className,
  children,
  ...rest
}: Own<SelectHTMLAttributes<HTMLSelectElement>>) {
  return (
    <Field label={label} hint={hint} fault={fault} hideLabel={hideLabel}>
      {(wiring) => (
        <select {...rest} {...wiring} className={classes(styles.input, mono && styles.mono, className)}>
          {children}
        </select>
      )}
    </Field>
  );
}

type CheckProps = Omit<InputHTMLAttributes<HTMLInputElement>, "type" | "id"> & { label: ReactNode; hint?: ReactNode };

export function CheckField({ label, hint, ...rest }: CheckProps) {
  const id = useId();
  return (
    <div className={styles.check}>
      <input {...rest} type="checkbox" id={id} aria-describedby={hint ? `${id}-hint` : undefined} />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p className={styles.hint} id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
