import { useRouteError } from "react-router";
import { errorOf } from "../api/error-of";
import { Button } from "../ui/button";
import { ProblemNote } from "../ui/notes";

/** In place of everything when a page cannot be shown, such as one whose script is gone since the server was upgraded. */
export function BrokenPage() {
  return (
    <main>
      <ProblemNote error={errorOf(useRouteError())} />
      <p>
        <Button onClick={() => location.reload()}>Load the console anew</Button>
      </p>
    </main>
  );
}
