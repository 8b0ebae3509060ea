import { ChevronRight } from "lucide-react";
import { Fragment } from "react";
import type { Progress } from "../../runs/progress";
import { StateBadge } from "../../ui/badge";
import { classes } from "../../ui/classes";
import { count, span } from "../../ui/format";
import { Card } from "../../ui/page";
import { TableHead } from "../../ui/table-head";
import ui from "../../ui/ui.module.css";
import { NodeDetails } from "./node-details";
import styles from "./run.module.css";
import { type Bar, nodeName } from "./timeline";

interface NodesTableProps {
  bars: readonly Bar[];
  progress: Progress;
  /** The ids of the nodes whose details are shown. */
  open: ReadonlySet<string>;
  onToggle: (id: string) => void;
}

/** The parts of a run in the order in which they began, each to be opened. */
export function NodesTable({ bars, progress, open, onToggle }: NodesTableProps) {
  return (
    <Card title="Nodes" flush>
      <table className={classes(ui.table, styles.nodes)}>
        <TableHead
          of={[
            "Node",
            "State",
            ["Began after", classes(ui.number, styles.medium)],
            ["Took", ui.number],
            ["Tokens in", classes(ui.number, styles.medium)],
            ["Tokens out", classes(ui.number, styles.medium)],
          ]}
        />
        <tbody>
          {bars.map((bar) => {
            const id = bar.nodeRun.nodeId;
            return (
              <Fragment key={id}>
                <NodeRow bar={bar} isOpen={open.has(id)} onToggle={() => onToggle(id)} />
                {open.has(id) && (
                  <tr className={styles.details}>
                    <td colSpan={6}>
                      <NodeDetails nodeRun={bar.nodeRun} text={progress.nodes[id]?.text} />
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </Card>
  );
}

function NodeRow({ bar, isOpen, onToggle }: { bar: Bar; isOpen: boolean; onToggle: () => void }) {
  const { nodeRun, began, took } = bar;
  const { usage } = nodeRun;
  return (
    <tr id={`node-${nodeRun.nodeId}`}>
      <td>
        <button type="button" className={styles.opener} aria-expanded={isOpen} onClick={onToggle}>
          <ChevronRight size={15} aria-hidden="true" />
          {nodeName(nodeRun)}
        </button>
      </td>
      <td>
        <StateBadge state={nodeRun.state} />
      </td>
      <td className={classes(ui.number, styles.medium)}>{began === undefined ? "–" : span(began)}</td>
      <td className={ui.number}>{took === undefined ? "–" : span(took)}</td>
      <td className={classes(ui.number, styles.medium)}>{usage ? count(usage.inputTokens) : "–"}</td>
      <td className={classes(ui.number, styles.medium)}>{usage ? count(usage.outputTokens) : "–"}</td>
    </tr>
  );
}
