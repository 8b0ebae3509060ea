import { type Dispatch, type SetStateAction, useEffect, useState } from "react";
import { useCaller } from "../caller/caller";

const kept = new Map<string, unknown>();

/** A state that is there again when its page is come back to, for the same key and project, as long as the tab is not
 * loaded anew. */
export function useKept<T>(name: string, initial: T): [T, Dispatch<SetStateAction<T>>] {
  const { caller } = useCaller();
  const place = `${caller?.key?.id} ${caller?.project} ${name}`;
  const [value, setValue] = useState<T>(() => (kept.has(place) ? (kept.get(place) as T) : initial));
  useEffect(() => {
    kept.set(place, value);
  }, [place, value]);
  return [value, setValue];
}
