import type { ReactNode } from "react";
import { classes } from "../../ui/classes";
import styles from "./filters.module.css";

interface TogglesProps<T> {
  legend: string;
  /** Each choice, what is shown of it, and its name where that is no text. */
  choices: readonly (readonly [T, ReactNode, string?])[];
  chosen: readonly T[];
  onChange: (chosen: T[]) => void;
}

/** Buttons of which several can be pressed; none stands for any. */
export function Toggles<T extends string | number>({ legend, choices, chosen, onChange }: TogglesProps<T>) {
  return (
    <fieldset className={styles.toggles}>
      <legend>{legend}</legend>
      <div>
        {choices.map(([value, shown, name]) => {
          const isChosen = chosen.includes(value);
          return (
            <button
              key={value}
              type="button"
              aria-pressed={isChosen}
              aria-label={name}
              className={classes(styles.toggle, isChosen && styles.chosen)}
              onClick={() => onChange(isChosen ? chosen.filter((other) => other !== value) : [...chosen, value])}
            >
              {shown}
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
