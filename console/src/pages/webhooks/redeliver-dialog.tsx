import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, take } from "../../api/client";
import { faultAt } from "../../api/fault-at";
import { FormDialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { count as written } from "../../ui/format";
import { toInstant, toLocal } from "../../ui/local-time";
import { useToast } from "../../ui/toast";
import ui from "../../ui/ui.module.css";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

interface RedeliverDialogProps {
  /** Times by the clock of the browser, to begin with; empty ones are of no meaning. */
  from: string;
  to: string;
  onClose: () => void;
}

/** Tries again all that failed of a time, such as that in which a receiver was down. */
export function RedeliverDialog({ onClose, ...given }: RedeliverDialogProps) {
  const queries = useQueryClient();
  const tell = useToast();
  const [from, setFrom] = useState(() => given.from || dayAgo());
  const [to, setTo] = useState(given.to);
  const redelivering = useMutation({
    mutationFn: () => {
      const body = { minCreateTime: toInstant(from), maxCreateTime: toInstant(to) || undefined };
      return take(api.POST("/api/deliveries/redeliver", { body }));
    },
    onSuccess: async ({ count }) => {
      tell(outcome(Number(count)));
      onClose();
      await Promise.all(["deliveries", "delivery"].map((name) => queries.invalidateQueries({ queryKey: [name] })));
    },
  });
  return (
    <FormDialog
      title="Redeliver what failed"
      action="Redeliver"
      busy={redelivering.isPending}
      disabled={!toInstant(from)}
      error={redelivering.error}
      onClose={onClose}
      onSubmit={() => redelivering.mutate()}
    >
      <p>
        All failed deliveries of runs created in this time are tried again from now on, with the ids and bodies that
        they had. Receivers may have seen some of them: they know them by <code>webhook-id</code>.
      </p>
      <div className={ui.pair}>
        <TextField
          label="From"
          type="datetime-local"
          required
          value={from}
          fault={faultAt(redelivering.error, "minCreateTime")}
          onChange={(event) => setFrom(event.target.value)}
        />
        <TextField
          label="Before (optional)"
          type="datetime-local"
          value={to}
          hint="Empty: now."
          fault={faultAt(redelivering.error, "maxCreateTime")}
          onChange={(event) => setTo(event.target.value)}
        />
      </div>
    </FormDialog>
  );
}

/** Give the minute that it was a day ago. */
function dayAgo(): string {
  const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  return toLocal(new Date(now - DAY_MS).toISOString());
}

function outcome(count: number): string {
  if (count === 0) return "Nothing of this time had failed.";
  return count === 1 ? "1 delivery is tried again." : `${written(count)} deliveries are tried again.`;
}
