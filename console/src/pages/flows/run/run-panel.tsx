import { type ReactNode, useState } from "react";
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
  /** Why it cannot be run; undefined: it can. */
  hindrance?: string;
  action: string;
  /** More fields of the run. */
  children?: ReactNode;
}

/** The variables of a flow, and the button that runs it with them. */
export function RunPanel({ variables, inputs, flowRun, action, children, ...on }: RunPanelProps) {
  const { isRunning, stop, error } = flowRun.running;
  const why = useWhyNot("runs:write");
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
        on.onRun();
      }}
    >
      <InputsForm variables={variables} inputs={inputs} onChange={on.onChange} faults={faults} />
      {children}
      <RunButtons
        action={action}
        isRunning={isRunning}
        isPreparing={on.isPreparing}
        hindrance={why ?? on.hindrance}
        onStop={stop}
      />
    </form>
  );
}
