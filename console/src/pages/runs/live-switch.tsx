import { classes } from "../../ui/classes";
import styles from "./runs.module.css";

interface LiveSwitchProps {
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

/** Whether new runs appear by themselves. */
export function LiveSwitch({ isOn, onChange }: LiveSwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      title={isOn ? "New runs appear by themselves" : "The list stands still"}
      className={classes(styles.live, isOn && styles.on)}
      onClick={() => onChange(!isOn)}
    >
      <span className={styles.knob} aria-hidden="true" />
      Live
    </button>
  );
}
