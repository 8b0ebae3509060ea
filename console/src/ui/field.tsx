import {
  type AllHTMLAttributes,
  createElement,
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

type ControlProps = Own<AllHTMLAttributes<HTMLElement>> & { of: "input" | "textarea" | "select" };

function Control({ of, label, hint, fault, hideLabel, mono, className, ...rest }: ControlProps) {
  const looks = classes(styles.input, mono && styles.mono, className);
  return (
    <Field label={label} hint={hint} fault={fault} hideLabel={hideLabel}>
      {(wiring) => createElement(of, { ...rest, ...wiring, className: looks })}
    </Field>
  );
}

export function TextField(props: Own<InputHTMLAttributes<HTMLInputElement>>) {
  return <Control {...props} of="input" />;
}

export function TextArea(props: Own<TextareaHTMLAttributes<HTMLTextAreaElement>>) {
  return <Control {...props} of="textarea" />;
}

export function SelectField(props: Own<SelectHTMLAttributes<HTMLSelectElement>>) {
  return <Control {...props} of="select" />;
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
