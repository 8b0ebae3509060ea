import { Play, Square } from "lucide-react";
import { Button } from "../ui/button";
import { Row } from "../ui/page";
import ui from "../ui/ui.module.css";

interface RunButtonsProps {
  /** What is written on the button. */
  action?: string;
  isRunning: boolean;
  /** Whether something has to be done before it runs, such as a save. */
  isPreparing?: boolean;
  /** Why it cannot be run; undefined: it can. */
  hindrance?: string;
  /** What is said beside the buttons while nothing hinders. */
  hint?: string;
  /** Absent: the button sends off the form that it is in. */
  onRun?: () => void;
  onStop: () => void;
}

/** Runs something, and stops it. */
export function RunButtons({
  action = "Run",
  isRunning,
  isPreparing,
  hindrance,
  hint,
  onRun,
  onStop,
}: RunButtonsProps) {
  const isBusy = isRunning || isPreparing;
  return (
    <Row>
      <Button
        key="run"
        kind="primary"
        type={onRun ? "button" : "submit"}
        busy={isBusy}
        disabled={hindrance !== undefined}
        onClick={onRun}
      >
        {!isBusy && <Play size={15} aria-hidden="true" />}
        {isRunning ? "Running" : action}
      </Button>
      {isRunning && (
        // A button of its own by its key: one that came to be in the place of the other would take over its press.
        <Button key="stop" onClick={onStop}>
          <Square size={14} aria-hidden="true" />
          Stop
        </Button>
      )}
      <span className={ui.hint}>{hindrance ?? hint}</span>
    </Row>
  );
}
