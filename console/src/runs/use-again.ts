import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { getRun } from "../api/runs";
import { useToast } from "../ui/toast";
import { useAddress } from "../ui/use-address";
import { type Again, toAgain } from "./again";

/** Fills in, once, what the run was given that the address names. */
export function useAgain(fill: (again: Again) => void): void {
  const [params, change] = useAddress();
  const tell = useToast();
  const id = params.get("run") ?? "";
  const { data: run, error } = useQuery({ queryKey: ["run", id], queryFn: () => getRun(id), enabled: id !== "" });
  useEffect(() => {
    if (!run && !error) return;
    if (run) {
      const again = toAgain(run);
      fill(again);
      if (again.lost.length) tell(`Fill in by hand what is not filled in of the run: ${again.lost.join(", ")}.`);
    } else if (error) tell(`The run could not be read. ${error.message}`);
    // From here on the fields say what is run.
    change({ run: "" });
  }, [run, error, fill, tell, change]);
}
