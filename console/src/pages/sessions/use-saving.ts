import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Session, take } from "../../api/client";
import { useToast } from "../../ui/toast";
import { type Draft, listUnreadable, toContent } from "./draft";
import type { useDraft } from "./use-draft";

/** Saves the draft of a session: all of it, with what the editor does not show as it was. */
export function useSaving(session: Session, editing: ReturnType<typeof useDraft>) {
  const queries = useQueryClient();
  const tell = useToast();
  const saving = useMutation({
    mutationFn: async (draft: Draft) => {
      const body = { ...toContent(draft), name: session.name };
      return take(api.PUT("/api/sessions/{id}", { params: { path: { id: session.id } }, body }));
    },
    onSuccess: (answer, draft) => {
      if (!answer.session) return;
      editing.note(answer.session.updateTime, draft);
      // The page may have found it by its serial.
      queries.setQueriesData(
        { queryKey: ["session"], predicate: ({ state }) => isOf(state.data, session.id) },
        { session: answer.session, prompt: answer.prompt },
      );
      queries.invalidateQueries({ queryKey: ["sessions", session.promptId] });
    },
  });
  const unreadable = listUnreadable(editing.draft);

  /** Save what is not saved yet; say whether the server has the draft now. */
  const save = async (): Promise<boolean> => {
    if (unreadable.length) {
      tell(`There is an error in the JSON of ${unreadable.join(" and ")}. Mend it, then save.`);
      return false;
    }
    if (saving.isPending) return false;
    if (!editing.isUnsaved) return true;
    return saving.mutateAsync(editing.draft).then(
      () => true,
      () => false,
    );
  };
  return { save, saving, unreadable };
}

function isOf(data: unknown, id: string): boolean {
  return (data as { session?: Session } | undefined)?.session?.id === id;
}
