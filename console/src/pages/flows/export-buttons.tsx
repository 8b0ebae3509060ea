import { Download } from "lucide-react";
import { IconButton } from "../../ui/button";
import { CopyButton } from "../../ui/copy";
import { download } from "../prompts/download";
import type { Graph } from "./graph/document";

/** Gives the graph as JSON: to the clipboard, or as a file. */
export function ExportButtons({ name, graph }: { name: string; graph: Graph }) {
  const print = () => JSON.stringify(graph, null, 2);
  return (
    <>
      <CopyButton label="Copy the JSON" icon text={async () => print()} />
      <IconButton label="Download the JSON" kind="quiet" onClick={() => download(`${toFileName(name)}.json`, print())}>
        <Download size={15} />
      </IconButton>
    </>
  );
}

function toFileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 100) || "flow";
}
