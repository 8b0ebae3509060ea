import type { Version } from "../../../api/client";
import { FORMAT_NAMES } from "../../../prompts/format-names";
import { Code } from "../../../ui/copy";
import { counted } from "../../../ui/format";
import { isolate } from "../../../ui/isolate";
import { printSorted } from "../../../ui/json";
import { Facts } from "../../../ui/page";
import ui from "../../../ui/ui.module.css";
import { Messages } from "./messages";
import { VariableTable } from "./variable-table";
import styles from "./versions.module.css";

/** What a version says, part by part. */
export function VersionContent({ version }: { version: Version }) {
  return (
    <>
      {version.graph ? <Graph version={version} /> : <MessagesPart version={version} />}
      <section className={styles.part}>
        <h3>Variables</h3>
        <VariableTable variables={version.variables} />
      </section>
      {version.images.length > 0 && <Images version={version} />}
      {!version.graph && <Settings version={version} />}
    </>
  );
}

function MessagesPart({ version }: { version: Version }) {
  return (
    <section className={styles.part}>
      <h3>Messages</h3>
      <Messages messages={version.messages} variables={version.variables} />
    </section>
  );
}

function Graph({ version: { graph = {}, outputs } }: { version: Version }) {
  const size = (part: unknown, noun: string) => counted(Array.isArray(part) ? part.length : 0, noun);
  return (
    <section className={styles.part}>
      <h3>Graph</h3>
      <Facts
        of={[
          ["Size", `${size(graph.nodes, "node")}, ${size(graph.edges, "edge")}`],
          ["Outputs", outputs.map(isolate).join(", ") || "none"],
        ]}
      />
      <details>
        <summary>As JSON</summary>
        <Code label="graph" text={printSorted(graph)} />
      </details>
    </section>
  );
}

function Images({ version }: { version: Version }) {
  return (
    <section className={styles.part}>
      <h3>Images</h3>
      <p className={ui.soft}>
        A run sends {counted(version.images.length, "image")} along, behind the last message of the user.
      </p>
      <ol className={styles.images}>
        {version.images.map(({ description }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they may be described alike, and never change places
          <li key={index}>{description || <span className={ui.soft}>not described</span>}</li>
        ))}
      </ol>
    </section>
  );
}

function Settings({ version }: { version: Version }) {
  const { provider, model, parameters = {}, outputFormat } = version;
  const hasParameters = Object.keys(parameters).length > 0;
  return (
    <section className={styles.part}>
      <h3>Model and output</h3>
      <Facts
        of={[
          ["Model", model ? <code key="model">{model}</code> : "The server's default"],
          ["Provider", provider && <code key="provider">{provider}</code>],
          ["Output", FORMAT_NAMES[outputFormat?.type ?? "TYPE_TEXT"]],
          ["Parameters", hasParameters ? undefined : "None"],
        ]}
      />
      {hasParameters && <Json title="Parameters" value={parameters} />}
      {outputFormat?.schema && <Json title="Schema of the output" value={outputFormat.schema} />}
    </section>
  );
}

function Json({ title, value }: { title: string; value: unknown }) {
  return (
    <div className={styles.part}>
      <h4>{title}</h4>
      <Code label={title.toLowerCase()} text={printSorted(value)} />
    </div>
  );
}
