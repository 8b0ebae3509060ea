import { TextArea, TextField } from "../../ui/field";
import styles from "./flow.module.css";

interface GraphSourceProps {
  text: string;
  /** Gets the text, and the file's name when it is that of one. */
  onChange: (text: string, file?: string) => void;
  fault?: string;
}

/** Fields for the JSON of a graph: from a file, or pasted. */
export function GraphSource({ text, onChange, fault }: GraphSourceProps) {
  return (
    <>
      <TextField
        label="File"
        type="file"
        accept=".json,application/json"
        onChange={async (event) => {
          const file = event.target.files?.[0];
          if (file) onChange(await file.text(), file.name);
        }}
      />
      <TextArea
        label="Or JSON"
        hint="A React Flow document with nodes and edges, as PromptChainer and this console export it."
        mono
        rows={8}
        spellCheck={false}
        className={styles.source}
        value={text}
        fault={fault}
        onChange={(event) => onChange(event.target.value)}
      />
    </>
  );
}
