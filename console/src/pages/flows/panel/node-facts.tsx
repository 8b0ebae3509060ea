import { Code } from "../../../ui/copy";
import { isObject, printObject } from "../../../ui/json";
import { Facts } from "../../../ui/page";
import styles from "../flow.module.css";
import { type GraphNode, toText } from "../graph/document";
import { storedValue } from "../graph/names";

/** What a node says, to read. */
export function NodeFacts({ node }: { node: GraphNode }) {
  const { kind, data } = node;
  if (kind === "variable") return <Facts of={[["Stored value", storedValue(node) || "None: it is required"]]} />;
  if (kind !== "action" && kind !== "image") return null;
  const { model, ...parameters } = isObject(data.modelParams) ? data.modelParams : {};
  const promptId = toText(data.promptId);
  return (
    <>
      {!promptId && (
        <section className={styles.ends}>
          <h3>Prompt</h3>
          <Code label="prompt" text={toText(data.prompt)} />
        </section>
      )}
      <Facts
        of={[
          ["Stored prompt", promptId],
          ["Label", promptId && (toText(data.promptLabel) || "None: its latest version")],
          ["Model", toText(model) || "Default"],
        ]}
      />
      {printObject(parameters) && (
        <section className={styles.ends}>
          <h3>Parameters</h3>
          <Code label="parameters" text={printObject(parameters)} />
        </section>
      )}
    </>
  );
}
