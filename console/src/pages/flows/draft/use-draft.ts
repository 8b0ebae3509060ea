import { useCallback, useState } from "react";
import type { Session } from "../../../api/client";
import { makeUnsaved, useUnsaved } from "../../../prompts/unsaved";
import type { Inputs } from "../../../runs/inputs-form";
import type { Change } from "../canvas/use-elements";
import { type Graph, toGraph } from "../graph/document";
import { begin, type History, redo, step, undo } from "../graph/history";
import { START } from "../graph/start";

export interface Content {
  readonly graph: Graph;
  /** Values to try the draft with. */
  readonly inputs: Inputs;
}

interface Held {
  readonly history: History<Graph>;
  readonly inputs: Inputs;
  /** What the server has; absent: no graph. */
  readonly saved?: Content;
  /** When that was saved. */
  readonly time?: string;
}

const left = makeUnsaved<Held>();

export type Draft = ReturnType<typeof useDraft>;

/** The draft of a flow in its editor: what it says, steps to go back in, and whether it says other than what the server has,
 * where that can be saved. */
export function useDraft(session: Session, mayWrite: boolean) {
  const [held, setHeld] = useState<Held>(() => left.get(session.id) ?? hold(session));
  const { history, inputs, saved, time } = held;
  const graph = history.present;
  const isUnsaved = mayWrite && (graph !== saved?.graph || inputs !== saved.inputs);
  const isOutdated = Date.parse(session.updateTime ?? "") > Date.parse(time ?? "");
  // Saved elsewhere: nothing is lost by showing that.
  if (isOutdated && !isUnsaved) setHeld(hold(session));
  useUnsaved(left, session.id, held, isUnsaved);

  const change: Change = useCallback((edit, mark) => {
    setHeld((last) => ({ ...last, history: step(last.history, edit(last.history.present), mark) }));
  }, []);
  const setInputs = useCallback((given: Inputs) => setHeld((last) => ({ ...last, inputs: given })), []);
  const go = (to: typeof undo) => () => setHeld((last) => ({ ...last, history: to(last.history) }));
  /** Hear that the server has this content since a time. */
  const note = useCallback((content: Content, since?: string) => {
    setHeld((last) => ({ ...last, saved: content, time: since }));
  }, []);
  const discard = useCallback(() => setHeld(hold(session)), [session]);
  return {
    graph,
    inputs,
    isUnsaved,
    isOutdated: isOutdated && isUnsaved,
    change,
    setInputs,
    undo: history.past.length ? go(undo) : undefined,
    redo: history.future.length ? go(redo) : undefined,
    note,
    discard,
  };
}

function hold(session: Session): Held {
  const graph = toGraph(session.graph);
  const content = { graph: graph ?? START, inputs: session.inputs };
  return {
    history: begin(content.graph),
    inputs: content.inputs,
    saved: graph && content,
    time: session.updateTime,
  };
}
