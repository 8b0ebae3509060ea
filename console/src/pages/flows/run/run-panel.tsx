import { Play, Square } from "lucide-react";
import { useState } from "react";
import type { Variable } from "../../../api/client";
import { inputFaults } from "../../../runs/input-faults";
import { type Inputs, InputsForm } from "../../../runs/inputs-form";
import { useCan } from "../../../session/session";
import { Button } from "../../../ui/button";
import { Row } from "../../../ui/page";
import { whyNot } from "../../prompts/read-only-note";
import styles from "../flow.module.css";
import type { FlowRun } from "./use-flow-run";

interface RunPanelProps {
  variables: readonly Variable[];
  inputs: Inputs;
  onChange: (inputs: Inputs) => void;
  flowRun: FlowRun;
  onRun: () => void;
  /** Whether something has to be done before it runs, such as a save. */
  busy?: boolean;
  action: string;
}

/** The variables of a flow, and the button that runs it with them. */
export function RunPanel({ variables, inputs, onChange, flowRun, onRun, busy, action }: RunPanelProps) {
  const { isRunning, stop, error } = flowRun.running;
  const can = useCan()("runs:write");
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
      <Row>
        {/* With keys, each is a button of its own: one that became the other while it is pressed would run at once. */}
        {isRunning ? (
          <Button key="stop" onClick={stop}>
            <Square size={15} aria-hidden="true" />
            Stop
          </Button>
        ) : (
          <Button
            key="run"
            type="submit"
            kind="primary"
            busy={busy}
            disabled={!can}
            title={can ? undefined : whyNot("runs:write")}
          >
            <Play size={15} aria-hidden="true" />
            {action}
          </Button>
        )}
      </Row>
    </form>
  );
}
