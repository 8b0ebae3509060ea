import { type RefObject, useLayoutEffect, useState } from "react";

/** Where something opens: above its field or below it, and how high it may be there, in pixels. */
interface Room {
  isAbove: boolean;
  height: number;
}

/** Give where a popup opens, which is in its field's element: below it, unless there is more room above and need of it. */
export function useRoom(popup: RefObject<HTMLElement | null>): Room {
  const [room, setRoom] = useState<Room>({ isAbove: false, height: Number.POSITIVE_INFINITY });
  useLayoutEffect(() => {
    const field = popup.current?.parentElement?.querySelector("input");
    if (!popup.current || !field) return;
    const { top, bottom } = field.getBoundingClientRect();
    const bounds = boundsOf(field);
    const [above, below] = [top - bounds.top, bounds.bottom - bottom];
    // Below the last field of a dialog are its buttons, which nothing may cover.
    const isNeeded = popup.current.offsetHeight > below || field.closest("dialog") !== null;
    const isAbove = isNeeded && above > below;
    setRoom({ isAbove, height: isAbove ? above : below });
  }, [popup]);
  return room;
}

/** Give between which heights of the window nothing cuts an element off. */
function boundsOf(element: Element): { top: number; bottom: number } {
  let [top, bottom] = [0, window.innerHeight];
  for (let around = element.parentElement; around; around = around.parentElement) {
    if (getComputedStyle(around).overflowY === "visible") continue;
    const box = around.getBoundingClientRect();
    top = Math.max(top, box.top);
    bottom = Math.min(bottom, box.bottom);
  }
  return { top, bottom };
}
