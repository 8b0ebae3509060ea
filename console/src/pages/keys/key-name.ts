import type { Key } from "../../api/client";
import { isolate } from "../../ui/isolate";

/** Give what to call a key. */
export function keyName({ displayName, id }: Key): string {
  return isolate(displayName) || id;
}
