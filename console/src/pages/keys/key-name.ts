import type { Key } from "../../api/client";

/** Give what to call a key. */
export function keyName({ displayName, id }: Key): string {
  return displayName || id;
}
