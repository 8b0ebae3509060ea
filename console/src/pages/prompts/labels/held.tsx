import { useLabels } from "../../../api/labels";
import { useCan } from "../../../caller/caller";
import { isolate } from "../../../ui/isolate";
import { Note } from "../../../ui/notes";

/** Give the labels, of a prompt or of one of its versions, which keep the key from deleting that. */
export function useHeld(promptId: string, versionId?: string): string[] {
  const can = useCan()("labels:protected");
  const labels = useLabels(promptId).data ?? [];
  if (can) return [];
  return labels
    .filter((label) => label.protected && (versionId === undefined || label.versionId === versionId))
    .map(({ name }) => name);
}

/** Says which labels keep the key from what was asked. */
export function HeldNote({ labels }: { labels: readonly string[] }) {
  if (labels.length === 0) return null;
  return (
    <Note kind="wait">
      <p>
        Your key may not do this: {labels.map((name) => `“${isolate(name)}”`).join(", ")}{" "}
        {labels.length === 1 ? "is protected" : "are protected"}, and it lacks the scope <code>labels:protected</code>.
      </p>
    </Note>
  );
}
