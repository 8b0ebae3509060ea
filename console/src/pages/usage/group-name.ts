import type { Group } from "./chosen";
import type { Names } from "./use-usage";

/** Give what to call a group: by its name if the key may know it, else by its id. */
export function groupName(group: Group, id: string, names: Names): string {
  if (group === "prompt") return id === "" ? "No prompt" : (names.prompts.get(id) ?? id);
  if (group === "key") return names.keys.get(id) ?? id;
  return id || "No model";
}
