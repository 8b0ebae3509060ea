/** What is known of a run while its events come in. */

import type { NodeRun, Run, RunEvent } from "../api/client";
import { own } from "../ui/own";
import { isUnderWay } from "./under-way";

export interface NodeProgress {
  state: NodeRun["state"];
  /** What it gave since its last start. */
  text: string;
  /** Its part of the record, once it has ended. */
  nodeRun?: NodeRun;
}

export interface Progress {
  /** The run: as it was accepted, and then as it ended. */
  run?: Run;
  /** By node; that of a template is `template`. */
  nodes: Readonly<Record<string, NodeProgress>>;
  isEnded: boolean;
}

export const NOTHING: Progress = { nodes: {}, isEnded: false };

/** Give what is known after an event. */
export function after(known: Progress, event: RunEvent): Progress {
  if (event.started) return { ...known, run: event.started.run };
  if (event.nodeStarted) return withNode(known, event.nodeStarted.nodeId, { state: "STATE_RUNNING", text: "" });
  if (event.textDelta) {
    const { nodeId, text } = event.textDelta;
    return withNode(known, nodeId, { state: "STATE_RUNNING", text: (own(known.nodes, nodeId)?.text ?? "") + text });
  }
  if (event.nodeEnded?.nodeRun) {
    const { nodeRun } = event.nodeEnded;
    const text = own(known.nodes, nodeRun.nodeId)?.text ?? "";
    return withNode(known, nodeRun.nodeId, { state: nodeRun.state, text, nodeRun });
  }
  if (event.ended) return { ...known, run: event.ended.run, isEnded: true };
  return known;
}

/** Give what is known once a run was stopped: of what was at work then, nothing more is heard. */
export function stopped({ run, nodes, isEnded }: Progress): Progress {
  const ended = Object.entries(nodes).map(([id, node]) => [id, cancelled(node)]);
  return { run: run && cancelled(run), nodes: Object.fromEntries(ended), isEnded };
}

function cancelled<T extends { state: Run["state"] }>(part: T): T {
  return isUnderWay(part) ? { ...part, state: "STATE_CANCELLED" } : part;
}

function withNode(known: Progress, nodeId: string, node: NodeProgress): Progress {
  return { ...known, nodes: { ...known.nodes, [nodeId]: node } };
}
