import { useCan } from "./caller";

/** Give why the key may not do what takes this scope, to be the title of what it cannot press; undefined: it may. */
export function useWhyNot(scope: string): string | undefined {
  return useCan()(scope) ? undefined : `Your key lacks the scope ${scope}.`;
}
