import { useEffect } from "react";
import { useRun } from "../../runs/use-run";
import type { Form, Override } from "./form";
import type { Target, Targets } from "./targets";
import { useTarget } from "./use-target";

/** One of the versions that are run: where it comes from, and how it goes. */
export interface Side {
  name: string;
  chosen: Target;
  target: ReturnType<typeof useTarget>;
  override: Override;
  running: ReturnType<typeof useRun>;
}

/** Give the version that is run, or the two that are compared. */
export function useSides([first, second]: Targets, { overrides }: Form): readonly [Side] | readonly [Side, Side] {
  const left = { target: useTarget(first), running: useRun(), override: overrides[0] };
  const right = { target: useTarget(second), running: useRun(), override: overrides[1] };
  const { stop } = right.running;
  const isAlone = second === undefined;
  useEffect(() => {
    if (isAlone) stop();
  }, [isAlone, stop]);
  if (!second) return [{ ...left, chosen: first, name: "What to run" }];
  return [
    { ...left, chosen: first, name: "Version A" },
    { ...right, chosen: second, name: "Version B" },
  ];
}
