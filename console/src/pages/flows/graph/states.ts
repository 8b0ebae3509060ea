/** Where each node of a flow is while it runs, and after. */

import type { NodeRun } from "../../../api/client";
import type { Progress } from "../../../runs/progress";
import { draw, type Graph } from "./document";
import { walk } from "./names";

export type NodeState = "waiting" | "running" | "succeeded" | "failed" | "cancelled" | "skipped";
export type States = ReadonlyMap<string, NodeState>;

export const STATE_WORDS: Readonly<Record<NodeState, string>> = {
  waiting: "Waiting",
  running: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
  skipped: "Not run",
};

const BY_STATE: Readonly<Record<string, NodeState>> = {
  STATE_QUEUED: "waiting",
  STATE_RUNNING: "running",
  STATE_SUCCEEDED: "succeeded",
  STATE_FAILED: "failed",
  STATE_CANCELLED: "cancelled",
};

/** Give the states that node runs tell of, by node. */
export function fromNodeRuns(nodeRuns: readonly NodeRun[]): States {
  return new Map(nodeRuns.map((it) => [it.nodeId, toState(it.state, it)]));
}

/** Give the states that events told of, by node. */
export function fromProgress({ nodes }: Progress): States {
  return new Map(Object.entries(nodes).map(([id, { state, nodeRun }]) => [id, toState(state, nodeRun)]));
}

function toState(state: string, nodeRun?: NodeRun): NodeState {
  if (nodeRun?.error?.reason === "ERROR_REASON_NODE_SKIPPED") return "skipped";
  return BY_STATE[state] ?? "waiting";
}

/** Give the states of the nodes of a graph that have one: those that ask a model, and the outputs. */
export function statesOf(graph: Graph, known: States, isEnded: boolean): States {
  const { nodes, sources } = draw(graph);
  const outputs = nodes.filter((node) => node.kind === "output");
  const used = walk(
    sources,
    outputs.map((node) => node.id),
  );
  const states = new Map<string, NodeState>();
  for (const { id, kind } of nodes) {
    const unheard = isEnded || !used.has(id) ? "skipped" : "waiting";
    if (kind === "action" || kind === "image") states.set(id, known.get(id) ?? unheard);
  }
  const hasFailed = [...states.values()].includes("failed");
  for (const { id } of outputs) {
    const before = (sources.get(id) ?? []).map((source) => states.get(source)).filter((state) => state !== undefined);
    states.set(id, ofOutput(before, isEnded, hasFailed));
  }
  return states;
}

function ofOutput(before: readonly NodeState[], isEnded: boolean, hasFailed: boolean): NodeState {
  // A node is left out when one before it failed; it is also when the run ends too soon.
  if (before.includes("failed") || (hasFailed && before.includes("skipped"))) return "failed";
  if (before.length && before.every((state) => state === "succeeded")) return "succeeded";
  if (!isEnded) return "waiting";
  return before.length ? "skipped" : "succeeded";
}

/** Give how an edge looks by the nodes that it connects. A node that only gives values has no state. */
export function edgeState(source?: NodeState, target?: NodeState): NodeState | undefined {
  if (target !== "failed") return target;
  // It did not fail for what is good.
  return source === "failed" || source === "skipped" ? "failed" : undefined;
}
