import type { Session } from "../api/client";
import { isolate } from "../ui/isolate";

/** Give what to call a session. */
export function sessionName({ name, serial }: Pick<Session, "name" | "serial">): string {
  return isolate(name) || `Session ${serial}`;
}

/** Give where a session is edited. */
export function sessionPath({ id, promptId, graph }: Session): string {
  return graph ? `/flows/${promptId}?session=${id}` : `/sessions/${id}`;
}
