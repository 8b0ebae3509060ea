import { useEffect, useRef } from "react";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Runs when Ctrl, or Cmd on a Mac, is pressed with a key: in the whole page, but not while a dialog is open. */
export function useShortcut(key: string, run: () => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== key.toLowerCase() || event.altKey || event.shiftKey) return;
      if (!(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      if (!event.repeat) latest.current();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [key]);
}

/** Give what people read on their keys: `Ctrl S` or `⌘ S`. */
export function shortcutName(key: string): string {
  return `${IS_MAC ? "⌘" : "Ctrl"} ${key === "Enter" ? "↵" : key.toUpperCase()}`;
}
