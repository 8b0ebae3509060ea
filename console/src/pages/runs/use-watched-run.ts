import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { getRun } from "../../api/runs";
import { after, NOTHING, type Progress } from "../../runs/progress";
import { isUnderWay } from "../../runs/under-way";
import { follow } from "./follow";

// Events tell what nodes give; the record tells when they began.
const EVERY_MS = 2_000;

/** Give a run and, while it is under way, what its events tell. */
export function useWatchedRun(id: string) {
  const query = useQuery({
    queryKey: ["run", id],
    queryFn: () => getRun(id),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? EVERY_MS : false),
  });
  const isMoving = query.data !== undefined && isUnderWay(query.data);
  return { query, progress: useEvents(id, isMoving) };
}

function useEvents(id: string, isMoving: boolean): Progress {
  const queries = useQueryClient();
  const [progress, setProgress] = useState<Progress>(NOTHING);
  useEffect(() => {
    if (!isMoving) return;
    const controller = new AbortController();
    setProgress(NOTHING);
    const listen = async () => {
      for await (const event of follow(id, controller.signal)) setProgress((known) => after(known, event));
      await queries.invalidateQueries({ queryKey: ["run", id] });
    };
    // Without events the record is still read every now and then.
    listen().catch(() => undefined);
    return () => controller.abort();
  }, [id, isMoving, queries]);
  return progress;
}
