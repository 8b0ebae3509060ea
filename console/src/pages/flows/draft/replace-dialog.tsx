import { useReactFlow } from "@xyflow/react";
import { useState } from "react";
import { errorOf } from "../../../api/error-of";
import { FormDialog } from "../../../ui/dialog";
import type { Change } from "../canvas/use-elements";
import { parseGraph } from "../graph/document";
import { GraphSource } from "../graph-source";

/** Puts a graph from elsewhere in the place of the draft's. */
export function ReplaceDialog({ change, onClose }: { change: Change; onClose: () => void }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const { fitView } = useReactFlow();
  const replace = () => {
    try {
      const graph = parseGraph(text);
      change(() => graph);
      requestAnimationFrame(() => fitView({ padding: 0.1, maxZoom: 1 }));
      onClose();
    } catch (error) {
      setFault(errorOf(error).message);
    }
  };
  return (
    <FormDialog
      title="Import a graph"
      action="Replace the draft"
      disabled={!text.trim()}
      onSubmit={replace}
      onClose={onClose}
    >
      <p>The graph takes the place of the one in the editor. It can be undone, and nothing is saved yet.</p>
      <GraphSource
        text={text}
        fault={fault}
        onChange={(given) => {
          setText(given);
          setFault(undefined);
        }}
      />
    </FormDialog>
  );
}
