import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useCaller } from "../caller/caller";
import { UNASKED } from "../prompts/unsaved";
import { Button } from "../ui/button";
import { TextField } from "../ui/field";
import styles from "./shell.module.css";

/** Has an operator work in another project, from the list of its prompts on. */
export function ProjectForm() {
  const { caller, enter } = useCaller();
  const own = caller?.key?.project ?? "";
  const isElsewhere = caller?.project !== own;
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const entering = useMutation({
    mutationFn: (project: string) => enter(project),
    // A draft that is not saved is kept: it is there when its project is come back to.
    onSuccess: () => navigate("/prompts", { state: UNASKED }),
  });
  return (
    <details>
      <summary>Work in another project</summary>
      <form
        className={styles.project}
        onSubmit={(event) => {
          event.preventDefault();
          entering.mutate(name.trim());
        }}
      >
        <TextField
          label="Project"
          hideLabel
          placeholder="Its name"
          autoComplete="off"
          spellCheck={false}
          value={name}
          fault={entering.error?.message}
          onChange={(event) => {
            setName(event.target.value);
            entering.reset();
          }}
        />
        <Button small type="submit" busy={entering.isPending} disabled={!name.trim()}>
          Go there
        </Button>
        {isElsewhere && (
          <Button small disabled={entering.isPending} onClick={() => entering.mutate("")}>
            Back to {own}
          </Button>
        )}
      </form>
    </details>
  );
}
