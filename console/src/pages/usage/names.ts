import { isolate } from "../../ui/isolate";

/** Names by id. */
export type NamesById = ReadonlyMap<string, string>;

/** Give names that tell things apart: those that several have get the end of the id. */
export function distinct(named: readonly (readonly [string, string])[]): NamesById {
  const uses = new Map<string, number>();
  for (const [, name] of named) uses.set(name, (uses.get(name) ?? 0) + 1);
  return new Map(
    named.map(([id, name]) => [id, (uses.get(name) ?? 0) > 1 ? `${isolate(name)} (${id.slice(-4)})` : name]),
  );
}
