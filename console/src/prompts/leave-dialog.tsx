import { type Location, useBlocker } from "react-router";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import ui from "../ui/ui.module.css";
import type { UNASKED } from "./unsaved";

/** Asks before a page is left whose draft is not saved. */
export function LeaveDialog({ isUnsaved }: { isUnsaved: boolean }) {
  const blocker = useBlocker(
    ({ currentLocation: here, nextLocation: there }) => isUnsaved && isElsewhere(here, there) && !isUnasked(there),
  );
  if (blocker.state !== "blocked") return null;
  return (
    <Dialog title="Leave without saving?" onClose={blocker.reset}>
      <p>
        Your last changes are not saved. This tab keeps them for when you come back to the draft; they are lost when it
        is closed or loaded anew.
      </p>
      <div className={ui.actions}>
        <Button onClick={blocker.reset}>Stay</Button>
        <Button kind="danger" onClick={blocker.proceed}>
          Leave
        </Button>
      </div>
    </Dialog>
  );
}

function isElsewhere(here: Location, there: Location): boolean {
  return here.pathname !== there.pathname || here.search !== there.search;
}

function isUnasked({ state }: Location): boolean {
  return (state as Partial<typeof UNASKED> | null)?.unasked === true;
}
