import { useEffect, useRef } from "react";

/** Give what says where the focus goes once what was just done is shown. */
export function useNextFocus(): (find: () => Element | null | undefined) => void {
  const next = useRef<() => Element | null | undefined>(undefined);
  useEffect(() => {
    const found = next.current?.();
    next.current = undefined;
    if (found instanceof HTMLElement) found.focus();
  });
  return (find) => {
    next.current = find;
  };
}
