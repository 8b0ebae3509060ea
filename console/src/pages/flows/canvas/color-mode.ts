import type { ColorMode } from "@xyflow/react";
import { useSyncExternalStore } from "react";

/** Give the colours that are chosen, as React Flow takes them. */
export function useColorMode(): ColorMode {
  return useSyncExternalStore(subscribe, read);
}

function subscribe(notify: () => void): () => void {
  const observer = new MutationObserver(notify);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

function read(): ColorMode {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}
