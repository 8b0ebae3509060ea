import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "react-router";
import { api, ProblemError, type Session, take, type Warning } from "../../../api/client";
import { useSavedSession } from "../../../api/sessions";
import { faultsOf, type Remark, warningsOf } from "../graph/places";
import type { Content, Draft } from "./use-draft";

export type Saving = ReturnType<typeof useSaving>;

/** Saves the draft of a flow, and keeps what the server says of its graph. What else the session holds stays. */
export function useSaving(session: Session, draft: Draft) {
  const keep = useSavedSession();
  const [remarks, setRemarks] = useState(useFirstRemarks(draft));
  const saving = useMutation({
    mutationFn: (content: Content) => {
      const body = { ...content, inputs: { ...content.inputs }, updateMask: "graph,inputs" };
      return take(api.PUT("/api/sessions/{id}", { params: { path: { id: session.id } }, body }));
    },
    onSuccess: (answer, content) => {
      setRemarks(warningsOf(answer.warnings, content.graph));
      draft.note(content, answer.session?.updateTime);
      keep(answer);
    },
    onError: (error, content) => {
      setRemarks(error instanceof ProblemError ? faultsOf(error.problem, content.graph) : []);
    },
  });

  const content = { graph: draft.graph, inputs: draft.inputs };
  const save = () => {
    if (draft.isUnsaved) saving.mutate(content);
  };
  /** Save if something is unsaved. Throws ProblemError. */
  const settle = async (): Promise<void> => {
    if (draft.isUnsaved) await saving.mutateAsync(content);
  };
  // What is marked on the nodes is not told a second time.
  const error = remarks.some((remark) => remark.isFault) ? null : saving.error;
  return { save, settle, remarks, error, isSaving: saving.isPending };
}

/** What was said of a session's graph when it was made comes along with the way here. */
function useFirstRemarks({ graph }: Draft): readonly Remark[] {
  const state = useLocation().state as { warnings?: readonly Warning[] } | null;
  return warningsOf(state?.warnings ?? [], graph);
}
