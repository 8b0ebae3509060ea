import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../../../ui/button";
import { SelectField } from "../../../ui/field";
import ui from "../../../ui/ui.module.css";
import type { Change } from "../canvas/use-elements";
import styles from "../flow.module.css";
import { canEnter, canLeave, draw, type Graph, type GraphNode, nameOf } from "../graph/document";
import { connect, listSources, listTargets, removeParts } from "../graph/edits";

interface ConnectionsProps {
  graph: Graph;
  node: GraphNode;
  change?: Change;
  onChoose: (id: string) => void;
}

/** What leads to a node and where it leads, to change without a mouse, too. */
export function Connections({ graph, node, change, onChoose }: ConnectionsProps) {
  return (
    <>
      {canEnter(node) && (
        <Ends
          title="Leads here"
          verb="Connect from"
          graph={graph}
          node={node}
          end="source"
          choices={change ? listSources(graph, node.id) : []}
          onConnect={(other) => change?.((before) => connect(before, other, node.id))}
          {...{ change, onChoose }}
        />
      )}
      {canLeave(node) && (
        <Ends
          title="Leads to"
          verb="Connect to"
          graph={graph}
          node={node}
          end="target"
          choices={change ? listTargets(graph, node.id) : []}
          onConnect={(other) => change?.((before) => connect(before, node.id, other))}
          {...{ change, onChoose }}
        />
      )}
    </>
  );
}

interface EndsProps extends ConnectionsProps {
  title: string;
  verb: string;
  /** The end that is at the other node. */
  end: "source" | "target";
  choices: readonly GraphNode[];
  onConnect: (other: string) => void;
}

function Ends({ title, verb, graph, node, end, choices, onConnect, change, onChoose }: EndsProps) {
  const { edges, byId } = draw(graph);
  const own = edges.filter((edge) => edge[end === "source" ? "target" : "source"] === node.id);
  return (
    <section className={styles.ends} aria-label={title}>
      <h3>{title}</h3>
      {own.length === 0 && <p className={ui.hint}>Nothing yet</p>}
      <ul className={styles.nodes}>
        {own.map((edge) => {
          const other = byId.get(edge[end]);
          const name = other ? nameOf(other) : edge[end];
          return (
            <li key={edge.index} className={styles.end}>
              <button type="button" className={styles.link} onClick={() => onChoose(edge[end])}>
                {name}
              </button>
              {change && (
                <IconButton
                  label={`Disconnect ${name}`}
                  kind="quiet"
                  small
                  onClick={() => change((before) => removeParts(before, new Set(), new Set([edge.index])))}
                >
                  <X size={14} />
                </IconButton>
              )}
            </li>
          );
        })}
      </ul>
      {choices.length > 0 && <Connecting verb={verb} choices={choices} onConnect={onConnect} />}
    </section>
  );
}

function Connecting({ verb, choices, onConnect }: Pick<EndsProps, "verb" | "choices" | "onConnect">) {
  const [picked, setPicked] = useState("");
  const other = choices.some((node) => node.id === picked) ? picked : "";
  return (
    <div className={styles.connecting}>
      <SelectField label={verb} hideLabel value={other} onChange={(event) => setPicked(event.target.value)}>
        <option value="">{verb}…</option>
        {choices.map((node) => (
          <option key={node.id} value={node.id}>
            {nameOf(node)}
          </option>
        ))}
      </SelectField>
      <Button disabled={!other} onClick={() => onConnect(other)}>
        <Plus size={15} aria-hidden="true" />
        Connect
      </Button>
    </div>
  );
}
