import {
  AlertTriangle,
  Ban,
  Box,
  Braces,
  Check,
  Clock,
  Image,
  LoaderCircle,
  LogOut,
  Minus,
  Sparkles,
  X,
} from "lucide-react";
import { classes } from "../../../ui/classes";
import type { Kind } from "../graph/document";
import { type NodeState, STATE_WORDS } from "../graph/states";
import styles from "./node.module.css";

const ICONS = { variable: Braces, action: Sparkles, image: Image, output: LogOut, other: Box };
const STATE_ICONS = {
  waiting: Clock,
  running: LoaderCircle,
  succeeded: Check,
  failed: X,
  cancelled: Ban,
  skipped: Minus,
};

/** The icon of a kind of nodes, in its colour. */
export function KindIcon({ kind, size = 14 }: { kind: Kind; size?: number }) {
  const Icon = ICONS[kind];
  return (
    <span className={classes(styles.kind, styles[kind])} aria-hidden="true">
      <Icon size={size} />
    </span>
  );
}

export function StateIcon({ state }: { state: NodeState }) {
  const Icon = STATE_ICONS[state];
  return (
    <span className={classes(styles.state, styles[`${state}State`])} title={STATE_WORDS[state]}>
      <Icon size={14} aria-hidden="true" />
      <span className="visually-hidden">{STATE_WORDS[state]}</span>
    </span>
  );
}

export function RemarkIcon({ isFault }: { isFault: boolean }) {
  return <AlertTriangle size={14} className={isFault ? styles.faultMark : styles.warningMark} aria-hidden="true" />;
}
