import { useState } from "react";
import type { Variable } from "../../../api/client";
import { useWhyNot } from "../../../caller/why-not";
import { inputFaults } from "../../../runs/input-faults";
import { type Inputs, InputsForm } from "../../../runs/inputs-form";
import { RunButtons } from "../../../runs/run-buttons";
import styles from "../flow.module.css";
import type { FlowRun } from "./use-flow-run";

interface RunPanelProps {
  variables: readonly Variable[];
  inputs: Inputs;
  onChange: (inputs: Inputs) => void;
  flowRun: FlowRun;
  onRun: () => void;
  /** Whether something has to be done before it runs, such as a save. */
  isPreparing?: boolean;
  action: string;
}

/** The variables of a flow, and the button that runs it with them. */
export function RunPanel({ variables, inputs, onChange, flowRun, onRun, isPreparing, action }: RunPanelProps) {
  const { isRunning, stop, error } = flowRun.running;
  const [sent, setSent] = useState(inputs);
  const names = variables.map((variable) => variable.name);
  const faults = inputFaults([error], names, inputs, sent);
  return (
    <form
      className={styles.fields}
      onSubmit={(event) => {
        event.preventDefault();
        if (isRunning) return;
        setSent(inputs);
        onRun();
      }}
    >
      <InputsForm variables={variables} inputs={inputs} onChange={onChange} faults={faults} />
      <RunButtons
        action={action}
        isRunning={isRunning}
        isPreparing={isPreparing}
        hindrance={useWhyNot("runs:write")}
        onStop={stop}
      />
    </form>
  );
}
