import { ImageOff } from "lucide-react";
import { useState } from "react";
import { BASE, type Output, type RunError } from "../api/client";
import { FORMAT_NAMES } from "../prompts/format-names";
import { Badge } from "../ui/badge";
import { Code } from "../ui/copy";
import { isolate } from "../ui/isolate";
import { Note } from "../ui/notes";
import { Card } from "../ui/page";
import styles from "./runs.module.css";

interface OutputsProps {
  outputs: readonly Output[];
  /** What was run, where the outputs of another run are beside them. */
  of?: string;
}

/** What a run gave, each output with its name. */
export function Outputs({ outputs, of }: OutputsProps) {
  return outputs.map((output, index) => {
    const isFirst = outputs.findIndex(({ name }) => name === output.name) === index;
    const label = partName(isFirst ? output.name : `${isolate(output.name)}, output ${index + 1}`, of);
    // biome-ignore lint/suspicious/noArrayIndexKey: several may have one name, and they never change places
    return <OutputCard key={index} output={output} label={label} />;
  });
}

/** Give the name of a part of an outcome, which tells it from that of another one. */
export function partName(part: string, of: string | undefined): string {
  return of === undefined ? part : `${part} of ${of}`;
}

function OutputCard({ output, label }: { output: Output; label: string }) {
  return (
    <Card
      title={output.name}
      label={label}
      actions={
        <>
          {output.image?.placeholder && <Badge tone="wait">Placeholder: no image model is configured</Badge>}
          {(output.format === "TYPE_JSON" || output.format === "TYPE_LIST") && (
            <Badge>{FORMAT_NAMES[output.format]}</Badge>
          )}
        </>
      }
    >
      {output.error && <ErrorNote error={output.error} />}
      {output.image ? <Picture output={output} /> : <Text output={output} />}
    </Card>
  );
}

function Text({ output }: { output: Output }) {
  if (Array.isArray(output.json) && output.format === "TYPE_LIST") {
    return (
      <ol className={styles.list}>
        {output.json.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: items may be equal, and never change places
          <li key={index}>{String(item)}</li>
        ))}
      </ol>
    );
  }
  if (output.json !== undefined) return <Code label="JSON" text={JSON.stringify(output.json, null, 2)} />;
  return output.text ? <Code label="text" text={output.text} /> : null;
}

function Picture({ output }: { output: Output }) {
  const [isBroken, setBroken] = useState(false);
  const image = output.image;
  if (!image) return null;
  if (isBroken) {
    return (
      <Note kind="wait">
        <ImageOff size={18} aria-hidden="true" />
        <p>The address of this image has ended, or the image was deleted. Load the run again for a new one.</p>
      </Note>
    );
  }
  return (
    <img
      className={styles.picture}
      src={`${BASE}/images/${image.token}`}
      alt={`Output ${output.name}`}
      onError={() => setBroken(true)}
    />
  );
}

/** Why something failed: the reason, and what is said about it. */
export function ErrorNote({ error }: { error: RunError }) {
  return (
    <Note kind="bad">
      <strong>{error.reason.replace(/^ERROR_REASON_/, "")}</strong>
      <p>{error.message}</p>
      <p>
        <a href={`${BASE}/docs#${error.reason.replace(/^ERROR_REASON_/, "")}`}>What to do about it</a>
      </p>
    </Note>
  );
}
