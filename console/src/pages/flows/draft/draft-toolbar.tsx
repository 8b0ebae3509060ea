import { useReactFlow } from "@xyflow/react";
import { Network, Redo2, Undo2 } from "lucide-react";
import { Button, IconButton } from "../../../ui/button";
import { classes } from "../../../ui/classes";
import { shortcutName } from "../../../ui/shortcut";
import ui from "../../../ui/ui.module.css";
import { KindIcon } from "../canvas/node-icon";
import styles from "../flow.module.css";
import { draw, KINDS } from "../graph/document";
import { addNode, moveNodes, type NewKind } from "../graph/edits";
import { arrange, freePlace, placesOf } from "../graph/layout";
import type { Draft } from "./use-draft";
import { useUndoKeys } from "./use-undo-keys";

const NEW = Object.keys(KINDS) as NewKind[];
/** From the middle of the canvas to the corner of a node that lies there. */
const HALF = { x: 110, y: 55 };

interface DraftToolbarProps {
  draft: Draft;
  /** Shows a node on the canvas. */
  show: (nodeId: string) => void;
}

/** Adds nodes, arranges them, and goes back and forth in what was done. */
export function DraftToolbar({ draft, show }: DraftToolbarProps) {
  const { screenToFlowPosition, fitView } = useReactFlow();
  useUndoKeys(draft);
  const add = (kind: NewKind) => {
    const canvas = document.querySelector(".react-flow")?.getBoundingClientRect();
    const middle = screenToFlowPosition({
      x: (canvas?.x ?? 0) + (canvas?.width ?? 0) / 2,
      y: (canvas?.y ?? 0) + (canvas?.height ?? 0) / 2,
    });
    const wanted = { x: Math.round(middle.x - HALF.x), y: Math.round(middle.y - HALF.y) };
    const added = addNode(draft.graph, kind, freePlace(placesOf(draw(draft.graph)).values(), wanted));
    draft.change(() => added.graph);
    show(added.id);
  };
  const tidy = () => {
    draft.change((graph) => moveNodes(graph, arrange(draw(graph))));
    requestAnimationFrame(() => fitView({ padding: 0.1, maxZoom: 1 }));
  };
  return (
    <div className={styles.toolbar} role="toolbar" aria-label="Edit the graph">
      <div className={styles.tools}>
        <span className={classes(ui.hint, styles.add)}>Add</span>
        {NEW.map((kind) => (
          <Button key={kind} small kind="quiet" aria-label={`Add ${KINDS[kind].word}`} onClick={() => add(kind)}>
            <KindIcon kind={kind} />
            {KINDS[kind].word}
          </Button>
        ))}
      </div>
      <div className={styles.tools}>
        <IconButton
          small
          kind="quiet"
          label={`Undo (${shortcutName("z")})`}
          disabled={!draft.undo}
          onClick={draft.undo}
        >
          <Undo2 size={15} />
        </IconButton>
        <IconButton
          small
          kind="quiet"
          label={`Redo (${shortcutName("y")})`}
          disabled={!draft.redo}
          onClick={draft.redo}
        >
          <Redo2 size={15} />
        </IconButton>
        <IconButton small kind="quiet" label="Arrange the nodes" onClick={tidy}>
          <Network size={15} />
        </IconButton>
      </div>
    </div>
  );
}
