/** When the nodes of a run were at work, as places on an axis of time that goes from 0 to 1. */

import type { NodeRun, Run } from "../../api/client";
import { isolate } from "../../ui/isolate";

export interface Bar {
  nodeRun: NodeRun;
  /** Where it begins and ends. Absent: it did not begin. */
  place?: { from: number; to: number };
  /** How long after the run was accepted it began, in milliseconds. */
  began?: number;
  /** How long it took; if it is under way, so far. */
  took?: number;
}

export interface Timeline {
  /** In the order in which they began; those that did not, last. */
  bars: Bar[];
  ticks: { at: number; label: string }[];
  /** How long the run waited before it began, in milliseconds, and where on the axis that ends. */
  wait: { took: number; to: number };
}

const MAX_TICKS = 6;

/** Give the places of all nodes. `now`, in milliseconds, is where those end that are under way. */
export function toTimeline(run: Run, now: number): Timeline {
  const begin = Date.parse(run.createTime ?? "");
  const ends = [run.endTime, ...run.nodeRuns.map((node) => node.endTime)].flatMap((end) =>
    end ? [Date.parse(end)] : [],
  );
  const end = Math.max(...ends, run.endTime ? begin : now, begin + 1);
  const place = (moment: number) => Math.min(1, Math.max(0, (moment - begin) / (end - begin)));
  const bars = run.nodeRuns.map((nodeRun): Bar => {
    if (!nodeRun.startTime) return { nodeRun };
    const from = Date.parse(nodeRun.startTime);
    const to = Math.max(from, nodeRun.endTime ? Date.parse(nodeRun.endTime) : now);
    return {
      nodeRun,
      place: { from: place(from), to: place(to) },
      began: Math.max(0, from - begin),
      took: to - from,
    };
  });
  const started = run.startTime ? Date.parse(run.startTime) : end;
  return {
    bars: bars.sort((one, other) => (one.began ?? Infinity) - (other.began ?? Infinity) || 0),
    ticks: toTicks(end - begin),
    wait: { took: Math.max(0, started - begin), to: place(started) },
  };
}

/** Give a tick for every step of 1, 2 or 5 times a power of ten that leaves at most so many of them. */
export function toTicks(total: number): { at: number; label: string }[] {
  const power = 10 ** Math.floor(Math.log10(total / MAX_TICKS));
  const step = Math.max(1, power * ([1, 2, 5, 10].find((factor) => total / (power * factor) <= MAX_TICKS) ?? 10));
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => ({
    at: (index * step) / total,
    label: step * Math.floor(total / step) < 1000 ? `${index * step} ms` : `${(index * step) / 1000} s`,
  }));
}

/** Give what people call a node. */
export function nodeName({ name, nodeId }: NodeRun): string {
  return isolate(name) || (nodeId === "template" ? "Template" : isolate(nodeId));
}
