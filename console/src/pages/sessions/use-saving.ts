import { useMutation } from "@tanstack/react-query";
import { api, type Session, take } from "../../api/client";
import { useSavedSession } from "../../api/sessions";
import { useToast } from "../../ui/toast";
import { type Draft, listUnreadable, toContent } from "./draft";
import type { useDraft } from "./use-draft";

/** Saves the draft of a session: all of it, with what the editor does not show as it was. */
export function useSaving(session: Session, editing: ReturnType<typeof useDraft>) {
  const keep = useSavedSession();
  const tell = useToast();
  const saving = useMutation({
    mutationFn: async (draft: Draft) => {
      const body = { ...toContent(draft), name: session.name };
      return take(api.PUT("/api/sessions/{id}", { params: { path: { id: session.id } }, body }));
    },
    onSuccess: (answer, draft) => {
      if (!answer.session) return;
      editing.note(answer.session.updateTime, draft);
      keep(answer);
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
