import { useEffect, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import { type Filters, fromSearch, toSearch } from "./filters";

/** Give the filters of the page's address, and what changes some of them there. */
export function useFilters(): [Filters, (changed: Partial<Filters>) => void] {
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(() => fromSearch(search), [search]);
  // The router may render later than the next change comes, which must not undo this one.
  const latest = useRef(filters);
  useEffect(() => {
    latest.current = filters;
  }, [filters]);
  const change = (changed: Partial<Filters>) => {
    latest.current = { ...latest.current, ...changed };
    setSearch(toSearch(latest.current), { replace: true });
  };
  return [filters, change];
}
