import { Download } from "lucide-react";
import { IconButton } from "../../ui/button";
import { CopyButton } from "../../ui/copy";
import { download, toFileName } from "../../ui/download";
import type { Graph } from "./graph/document";

/** Gives the graph as JSON: to the clipboard, or as a file. */
export function ExportButtons({ name, graph }: { name: string; graph: Graph }) {
  const print = () => JSON.stringify(graph, null, 2);
  return (
    <>
      <CopyButton label="Copy the JSON" icon text={async () => print()} />
      <IconButton
        label="Download the JSON"
        kind="quiet"
        onClick={() => download(`${toFileName(name) || "flow"}.json`, print())}
      >
        <Download size={15} />
      </IconButton>
    </>
  );
}
