import { type KeyboardEvent, useState } from "react";
import { type Choice, matching } from "./matching";

interface Choosing {
  choices: readonly Choice[];
  free?: boolean;
  onChoose: (value: string) => void;
}

/** What a combobox knows: whether its list is open, what is in it, and which choice the keys are at. */
export function useChoosing({ choices, free, onChoose }: Choosing) {
  // What was typed since the list was opened; undefined: nothing.
  const [typed, setTyped] = useState<string>();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const { shown, left } = matching(choices, typed ?? "");
  // Where any text will do, a list of nothing has nothing to say.
  const isShown = isOpen && (!free || shown.length > 0);

  const open = () => {
    setOpen(true);
    setActive(-1);
  };
  const close = () => {
    setOpen(false);
    setTyped(undefined);
  };
  const choose = (value: string) => {
    onChoose(value);
    close();
  };
  const type = (text: string) => {
    setOpen(true);
    setTyped(text);
    // Enter takes the first that fits, except where it may be the text itself that is meant.
    setActive(free ? -1 : 0);
    if (free) onChoose(text);
  };
  const move = (step: 1 | -1) => {
    if (!isOpen) setOpen(true);
    const from = active < 0 && step < 0 ? 0 : active;
    setActive(shown.length ? (from + step + shown.length) % shown.length : -1);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (!isShown || event.ctrlKey || event.metaKey) return;
    else if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      const choice = shown[active];
      if (choice) choose(choice.value);
      else close();
    } else return;
    event.preventDefault();
  };
  return { typed, isOpen: isShown, active, shown, left, open, close, choose, type, press };
}
