import { Plus } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../../ui/button";
import { TextField } from "../../ui/field";
import { own } from "../../ui/own";
import styles from "./filters.module.css";

interface MetadataFilterProps {
  metadata: Readonly<Record<string, string>>;
  onAdd: (name: string, value: string) => void;
}

/** Takes one pair of metadata after the other. */
export function MetadataFilter({ metadata, onAdd }: MetadataFilterProps) {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  return (
    <form
      className={styles.pair}
      aria-label="Metadata"
      onSubmit={(event) => {
        event.preventDefault();
        if (!name) return;
        onAdd(name, value);
        setName("");
        setValue("");
      }}
    >
      <TextField
        label="Metadata"
        aria-label="Name of the metadata"
        placeholder="Name"
        autoComplete="off"
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Its value"
        hideLabel
        placeholder={own(metadata, name) ?? "Value"}
        autoComplete="off"
        maxLength={255}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <IconButton label="Add the pair to the filters" type="submit" disabled={!name}>
        <Plus size={16} />
      </IconButton>
    </form>
  );
}
