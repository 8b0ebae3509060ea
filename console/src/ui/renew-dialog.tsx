import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { newRequestId } from "../api/request-id";
import { FormDialog } from "./dialog";
import { SelectField } from "./field";

/** For how long the old secret may work on: a duration, and its name. */
export const GRACES = [
  ["0s", "Not at all"],
  ["3600s", "1 hour"],
  ["86400s", "24 hours"],
  ["604800s", "7 days"],
] as const;

interface RenewDialogProps<T> {
  title: string;
  action: string;
  /** What the field for the grace is called. */
  label: string;
  hint: string;
  graces?: readonly (readonly [string, string])[];
  renew: (asked: { grace: string; requestId: string }) => Promise<T>;
  onRenewed: (made: T) => void | Promise<void>;
  onClose: () => void;
  children: ReactNode;
}

/** Has a new secret made in place of one that may work on for a while, and hands it on. */
export function RenewDialog<T>({ label, hint, graces = GRACES, renew, onRenewed, ...rest }: RenewDialogProps<T>) {
  const [grace, setGrace] = useState("86400s");
  // Asked again as it was asked before, so that a retry makes no second secret.
  const requestId = useRef(newRequestId());
  const renewing = useMutation({
    mutationFn: () => renew({ grace, requestId: requestId.current }),
    // Nothing keeps the secret but what shows it.
    gcTime: 0,
    onSuccess: onRenewed,
  });
  return (
    <FormDialog
      title={rest.title}
      action={rest.action}
      danger
      busy={renewing.isPending}
      error={renewing.error}
      onClose={rest.onClose}
      onSubmit={() => renewing.mutate()}
    >
      {rest.children}
      <SelectField
        label={label}
        hint={hint}
        value={grace}
        onChange={(event) => {
          requestId.current = newRequestId();
          setGrace(event.target.value);
        }}
      >
        {graces.map(([duration, name]) => (
          <option key={duration} value={duration}>
            {name}
          </option>
        ))}
      </SelectField>
    </FormDialog>
  );
}
