import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useWhyNot } from "../../caller/why-not";
import { Button } from "../../ui/button";
import { download } from "../../ui/download";
import { useToast } from "../../ui/toast";
import { exportDocument } from "./export";

interface ExportButtonProps {
  /** The name of the file. */
  name: string;
  /** The only prompt to export; all when there is none. */
  promptId?: string;
}

/** Downloads prompts with their versions, labels and folders as a file that can be imported again. */
export function ExportButton({ name, promptId }: ExportButtonProps) {
  const why = useWhyNot("prompts:read");
  const tell = useToast();
  const exporting = useMutation({
    mutationFn: () => exportDocument(promptId === undefined ? [] : [promptId]),
    onSuccess: (text) => download(name, text),
    onError: (error) => tell(`The export failed. ${error.message}`),
  });
  return (
    <Button
      kind={promptId === undefined ? "quiet" : undefined}
      busy={exporting.isPending}
      disabled={why !== undefined}
      title={why}
      onClick={() => exporting.mutate()}
    >
      {!exporting.isPending && <Download size={15} aria-hidden="true" />}
      Export
    </Button>
  );
}
