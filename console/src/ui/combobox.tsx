import { ChevronDown } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { classes } from "./classes";
import styles from "./combobox.module.css";
import { TextField } from "./field";
import type { Choice } from "./matching";
import { useChoosing } from "./use-choosing";
import { useRoom } from "./use-room";

// How high it is at most, and how far from its field and from where it would be cut off, in pixels.
const MOST = 340;
const MARGIN = 10;

interface ComboboxProps {
  label: string;
  choices: readonly Choice[];
  value: string;
  onChoose: (value: string) => void;
  /** Whether the value may be any text, for which the choices are proposals. */
  free?: boolean;
  placeholder?: string;
  fault?: string;
  mono?: boolean;
  disabled?: boolean;
}

/** A field that proposes what fits the text in it: by the arrow keys and Enter, or the mouse. */
export function Combobox({ label, choices, value, onChoose, free, ...rest }: ComboboxProps) {
  const id = useId();
  const choosing = useChoosing({ choices, free, onChoose });
  const name = choices.find((choice) => choice.value === value)?.name ?? value;
  return (
    <div className={styles.combobox}>
      <TextField
        {...rest}
        label={label}
        role="combobox"
        aria-expanded={choosing.isOpen}
        aria-controls={choosing.isOpen ? id : undefined}
        aria-autocomplete="list"
        aria-activedescendant={choosing.isOpen && choosing.active >= 0 ? `${id}-${choosing.active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        className={styles.input}
        value={free ? value : (choosing.typed ?? name)}
        onChange={(event) => choosing.type(event.target.value)}
        onFocus={(event) => !free && event.target.select()}
        onClick={choosing.open}
        onKeyDown={choosing.press}
        onBlur={choosing.close}
      />
      <ChevronDown className={styles.mark} size={16} aria-hidden="true" />
      {choosing.isOpen && <List id={id} label={label} value={value} choosing={choosing} />}
    </div>
  );
}

interface ListProps {
  id: string;
  label: string;
  value: string;
  choosing: ReturnType<typeof useChoosing>;
}

function List({ id, label, value, choosing }: ListProps) {
  const popup = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const { isAbove, height } = useRoom(popup);
  const { shown, left, active } = choosing;
  useEffect(() => {
    list.current?.querySelector(`[data-at="${active}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div
      ref={popup}
      className={classes(styles.popup, isAbove && styles.above)}
      style={{ maxHeight: Math.min(MOST, height - MARGIN) }}
    >
      <div
        ref={list}
        role="listbox"
        id={id}
        aria-label={label}
        tabIndex={-1}
        className={styles.list}
        // A press on it leaves the focus in the field.
        onMouseDown={(event) => event.preventDefault()}
      >
        {shown.map((choice, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's
          <div
            key={choice.value}
            id={`${id}-${at}`}
            data-at={at}
            role="option"
            tabIndex={-1}
            aria-selected={choice.value === value}
            className={classes(styles.option, at === active && styles.active)}
            onClick={() => choosing.choose(choice.value)}
          >
            <span>{choice.name}</span>
            {choice.detail && <small>{choice.detail}</small>}
          </div>
        ))}
      </div>
      {left > 0 && <p>{left} more: type to find them</p>}
      {shown.length === 0 && <p>Nothing fits</p>}
    </div>
  );
}
