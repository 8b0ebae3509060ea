/** Which runs are looked for: in the query of the page's address, so that it can be linked, and in that of the API. */

import type { Run } from "../../api/client";
import type { paths } from "../../api/schema";
import { isRunReason, type Reason } from "./error-reasons";

type State = Run["state"];
export type RunsQuery = NonNullable<paths["/api/runs"]["get"]["parameters"]["query"]>;

export interface Filters {
  states: readonly State[];
  text: string;
  /** A prompt's id or alias. */
  prompt: string;
  endUser: string;
  model: string;
  reason: Reason | "";
  stars: readonly number[];
  metadata: Readonly<Record<string, string>>;
  /** A moment, as the API writes it: runs created then or later. */
  from: string;
  /** A moment: runs created before it. */
  to: string;
}

export const STATES = [
  "STATE_QUEUED",
  "STATE_RUNNING",
  "STATE_SUCCEEDED",
  "STATE_FAILED",
  "STATE_CANCELLED",
] as const satisfies readonly State[];
export const STARS = [1, 2, 3] as const;

export const NO_FILTERS: Filters = {
  states: [],
  text: "",
  prompt: "",
  endUser: "",
  model: "",
  reason: "",
  stars: [],
  metadata: {},
  from: "",
  to: "",
};

const PAIR = /^metadata\[(.+)\]$/s;

/** Read the query of the address; what it cannot hold is left out. */
export function fromSearch(search: URLSearchParams): Filters {
  const states = search.getAll("state");
  const stars = search.getAll("stars").map(Number);
  const reason = search.get("reason");
  const pairs = [...search].flatMap(([name, value]) => {
    const key = PAIR.exec(name)?.[1];
    return key ? [[key, value] as const] : [];
  });
  return {
    states: STATES.filter((state) => states.includes(state)),
    text: search.get("text") ?? "",
    prompt: search.get("prompt") ?? "",
    endUser: search.get("endUser") ?? "",
    model: search.get("model") ?? "",
    reason: isRunReason(reason) ? reason : "",
    stars: STARS.filter((each) => stars.includes(each)),
    metadata: Object.fromEntries(pairs),
    from: moment(search.get("from")),
    to: moment(search.get("to")),
  };
}

function moment(text: string | null): string {
  return text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : "";
}

/** Give the query of the address that stands for the filters. */
export function toSearch(filters: Filters): URLSearchParams {
  const { states, stars, metadata, ...texts } = filters;
  return new URLSearchParams([
    ...states.map((state) => ["state", state]),
    ...Object.entries(texts).filter(([, value]) => value !== ""),
    ...stars.map((each) => ["stars", String(each)]),
    ...Object.entries(metadata).map(([name, value]) => [`metadata[${name}]`, value]),
  ]);
}

/** Give what the API is asked for. */
export function toQuery(filters: Filters): RunsQuery {
  const pairs = Object.entries(filters.metadata);
  return {
    states: filters.states.length ? [...filters.states] : undefined,
    text: filters.text.trim() || undefined,
    promptId: filters.prompt || undefined,
    endUserId: filters.endUser || undefined,
    model: filters.model || undefined,
    errorReason: filters.reason || undefined,
    stars: filters.stars.length ? [...filters.stars] : undefined,
    // The client writes names as they are, values alone it encodes.
    metadata: pairs.length
      ? Object.fromEntries(pairs.map(([name, value]) => [encodeURIComponent(name), value]))
      : undefined,
    minCreateTime: filters.from || undefined,
    maxCreateTime: filters.to || undefined,
  };
}

/** Whether any filter is set. */
export function isFiltered(filters: Filters): boolean {
  return toSearch(filters).size > 0;
}

/** Whether a run can come to fit them some time after it was created. */
export function canFitLater({ states, text, model, reason, stars }: Filters): boolean {
  return Boolean(states.length || text || model || reason || stars.length);
}
