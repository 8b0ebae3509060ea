import { faultAt } from "../../api/fault-at";
import type { Draft } from "./draft";
import type { EditorProps } from "./editor-props";

/**
 * Give what tells the faults of a save. The server names items by their index in the draft that was sent; since then they
 * may have moved, so here they are named by their keys.
 */
export function faultsOfSave(error: Error | null, sent: Draft | undefined): EditorProps["faultOf"] {
  return (list, key, ...rest) => {
    if (key === undefined || !isList(list))
      return faultAt(error, list ?? "", ...(key === undefined ? [] : [key]), ...rest);
    const index = sent?.[list].findIndex((item) => item.key === key) ?? -1;
    return index < 0 ? undefined : faultAt(error, list, index, ...rest);
  };
}

function isList(name: unknown): name is "messages" | "variables" | "images" {
  return name === "messages" || name === "variables" || name === "images";
}
