import { Code } from "../../ui/copy";
import { count } from "../../ui/format";
import { Note } from "../../ui/notes";
import { Card } from "../../ui/page";
import styles from "./run.module.css";

const LONG = 600;

/** The values that a run was given. */
export function InputsCard({ inputs }: { inputs?: Readonly<Record<string, unknown>> }) {
  if (inputs === undefined) {
    return (
      <Note>
        The key of this run keeps no payloads: what went in, what the provider was sent and what came out is not on
        record.
      </Note>
    );
  }
  const given = Object.entries(inputs);
  if (given.length === 0) return null;
  return (
    <Card title="Inputs">
      {given.map(([name, value]) => (
        <div key={name} className={styles.part}>
          <h3>{name}</h3>
          <LongText label={name} text={typeof value === "string" ? value : JSON.stringify(value, null, 2)} />
        </div>
      ))}
    </Card>
  );
}

/** A text, of which only the begin is shown at first when it is long. */
export function LongText({ label, text }: { label: string; text: string }) {
  if (text === "") return <p className={styles.soft}>Empty</p>;
  if (text.length <= LONG) return <Code label={label} text={text} />;
  return (
    <details className={styles.long}>
      <summary>
        <span>{text.slice(0, LONG)}…</span>
        Show all {count(text.length)} characters
      </summary>
      <Code label={label} text={text} />
    </details>
  );
}
