import { useEffect } from "react";

interface Steps {
  undo?: () => void;
  redo?: () => void;
}

/** Goes back with Ctrl or Cmd and Z, and forth with Shift besides, or Y. Fields that are typed in have their own. */
export function useUndoKeys({ undo, redo }: Steps): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || isTypedIn(event.target)) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) redo?.();
      else undo?.();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [undo, redo]);
}

function isTypedIn(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, dialog") !== null;
}
