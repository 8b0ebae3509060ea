import { Pencil, RefreshCw, Trash2 } from "lucide-react";
import type { Key } from "../../api/client";
import { useCaller, useCan } from "../../caller/caller";
import { Badge } from "../../ui/badge";
import { IconButton } from "../../ui/button";
import { classes } from "../../ui/classes";
import { TableHead } from "../../ui/table-head";
import { Time } from "../../ui/time";
import ui from "../../ui/ui.module.css";
import type { Action } from "./action-dialog";
import { keyName } from "./key-name";
import { KeyStateBadge } from "./key-state-badge";
import styles from "./keys.module.css";
import { ScopeBadges } from "./scope-badges";
import { lacking } from "./scopes";

interface KeysTableProps {
  keys: readonly Key[];
  onAction: (action: Action) => void;
}

export function KeysTable({ keys, onAction }: KeysTableProps) {
  return (
    <table className={classes(ui.table, styles.table)}>
      <TableHead of={["Name", "State", "Scopes", "Limits", "Expires", "Last used"]} withActions />
      <tbody>
        {keys.map((key) => (
          <KeyRow key={key.id} of={key} onAction={onAction} />
        ))}
      </tbody>
    </table>
  );
}

function KeyRow({ of, onAction }: { of: Key; onAction: (action: Action) => void }) {
  const isOwn = useCaller().caller?.key?.id === of.id;
  return (
    <tr className={of.revokeTime && styles.revoked}>
      <td>
        <div className={styles.name}>
          <strong>{keyName(of)}</strong> {isOwn && <Badge tone="accent">Signed in</Badge>}
        </div>
        <div className={ui.hint}>
          <code title="What its secret begins with">{of.prefix}…</code>
          {of.owner && <div>For {of.owner}</div>}
        </div>
      </td>
      <td>
        <KeyStateBadge of={of} />
      </td>
      <td>
        <ScopeBadges scopes={of.scopes} />
      </td>
      <td className={styles.limits}>
        <Limits of={of} />
      </td>
      <td className={styles.time}>{of.expireTime ? <Time at={of.expireTime} /> : "Never"}</td>
      <td className={styles.time}>{of.lastUseTime ? <Time at={of.lastUseTime} /> : "Never"}</td>
      <td>
        <Actions of={of} onAction={onAction} />
      </td>
    </tr>
  );
}

function Limits({ of }: { of: Key }) {
  const limits = [
    of.requestsPerMinute > 0 && `${of.requestsPerMinute} runs a minute`,
    of.concurrentRuns > 0 && `${of.concurrentRuns} at a time`,
    of.omitPayloads && "Omits payloads",
  ].filter((limit) => limit !== false);
  return limits.length === 0 ? "None" : limits.map((limit) => <div key={limit}>{limit}</div>);
}

function Actions({ of, onAction }: { of: Key; onAction: (action: Action) => void }) {
  const held = useCaller().caller?.key?.scopes ?? [];
  const can = useCan()("keys:write");
  if (of.revokeTime || !can) return null;
  const missing = lacking(of.scopes, held);
  if (missing.length > 0) return <span className={ui.hint}>Has scopes that yours lacks</span>;
  const name = keyName(of);
  return (
    <div className={styles.actions}>
      <IconButton small kind="quiet" label={`Edit ${name}`} onClick={() => onAction({ name: "edit", of })}>
        <Pencil size={15} />
      </IconButton>
      <IconButton small kind="quiet" label={`Regenerate ${name}`} onClick={() => onAction({ name: "regenerate", of })}>
        <RefreshCw size={15} />
      </IconButton>
      <IconButton small kind="quiet" label={`Revoke ${name}`} onClick={() => onAction({ name: "revoke", of })}>
        <Trash2 size={15} />
      </IconButton>
    </div>
  );
}
