import { useState } from "react";
import { Button } from "../../ui/button";
import { TextField } from "../../ui/field";
import styles from "./keys.module.css";

interface OwnerFilterProps {
  owner: string;
  onChange: (owner: string) => void;
}

/** Asks for the keys of one owner when it is sent off, since the server wants the whole of the name. */
export function OwnerFilter({ owner, onChange }: OwnerFilterProps) {
  const [typed, setTyped] = useState(owner);
  return (
    <form
      className={styles.filter}
      onSubmit={(event) => {
        event.preventDefault();
        onChange(typed.trim());
      }}
    >
      <TextField
        label="Owner"
        hideLabel
        placeholder="Owner, in full"
        value={typed}
        maxLength={255}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit">Filter</Button>
      {owner && (
        <Button
          kind="quiet"
          onClick={() => {
            setTyped("");
            onChange("");
          }}
        >
          Show all
        </Button>
      )}
    </form>
  );
}
