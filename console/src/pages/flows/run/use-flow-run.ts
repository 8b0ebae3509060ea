import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { NodeRun } from "../../../api/client";
import { getRun } from "../../../api/runs";
import { useCan } from "../../../caller/caller";
import { isUnderWay } from "../../../runs/under-way";
import { useRun } from "../../../runs/use-run";
import { own } from "../../../ui/own";
import type { Graph } from "../graph/document";
import { fromNodeRuns, fromProgress, type NodeState, type States, statesOf } from "../graph/states";

const AGAIN_MS = 1000;

export type FlowRun = ReturnType<typeof useFlowRun>;

/** Runs a flow, and gives where its nodes are; after the end also what each was asked and gave. */
export function useFlowRun(graph: Graph) {
  const running = useRun();
  const { progress, isRunning } = running;
  const id = progress.run?.id ?? "";
  const can = useCan();
  const record = useQuery({
    queryKey: ["run", id],
    queryFn: () => getRun(id),
    enabled: id !== "" && !isRunning && can("runs:read"),
    // One that was stopped ends a little later; until then events know more.
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? AGAIN_MS : false),
  });
  const run = isRunning || !record.data || isUnderWay(record.data) ? undefined : record.data;
  const states = useStates(graph, run ? fromNodeRuns(run.nodeRuns) : fromProgress(progress), !isRunning);
  const hasBegun = isRunning || id !== "";
  /** Give what is known of a node: what it was asked and gave, or what came of its text so far. */
  const lookUp = (nodeId: string): { nodeRun?: NodeRun; text: string } => {
    const heard = own(progress.nodes, nodeId);
    const nodeRun = run?.nodeRuns.find((it) => it.nodeId === nodeId) ?? heard?.nodeRun;
    return { nodeRun, text: heard?.text ?? "" };
  };
  return { running, states: hasBegun ? states : undefined, lookUp };
}

/** The states, anew only when one of them is another: text comes many times a second, and the canvas need not know. */
function useStates(graph: Graph, known: States, isEnded: boolean): States {
  const key = JSON.stringify([...known]);
  return useMemo(
    () => statesOf(graph, new Map(JSON.parse(key) as [string, NodeState][]), isEnded),
    [graph, key, isEnded],
  );
}
