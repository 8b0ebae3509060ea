/** What a form says of a key, and what to send for it. */

import type { Key } from "../../api/client";

const DAY_MS = 86_400_000;

/** How long a key works: `same` as it is, for ever, some days from now, or to the end of `date`. */
export type Expiry = "same" | "never" | "30" | "90" | "365" | "date";

export interface Draft {
  displayName: string;
  owner: string;
  scopes: readonly string[];
  expiry: Expiry;
  /** A day by the clock of the browser: `2026-11-29`. */
  date: string;
  omitPayloads: boolean;
  /** As it was typed; empty: no limit. */
  requestsPerMinute: string;
  concurrentRuns: string;
}

export const NEW: Draft = {
  displayName: "",
  owner: "",
  scopes: [],
  expiry: "never",
  date: "",
  omitPayloads: false,
  requestsPerMinute: "",
  concurrentRuns: "",
};

/** Give what a form begins with to change a key. */
export function draftOf(key: Key): Draft {
  return {
    displayName: key.displayName,
    owner: key.owner,
    scopes: key.scopes,
    expiry: "same",
    date: "",
    omitPayloads: key.omitPayloads,
    requestsPerMinute: key.requestsPerMinute ? String(key.requestsPerMinute) : "",
    concurrentRuns: key.concurrentRuns ? String(key.concurrentRuns) : "",
  };
}

/** Whether there is enough in it to ask the server. */
export function isComplete(draft: Draft): boolean {
  return draft.displayName.trim() !== "" && draft.scopes.length > 0 && (draft.expiry !== "date" || draft.date !== "");
}

/** Give the fields of a new key. */
export function created(draft: Draft, now: number) {
  return { ...fields(draft), expireTime: expireTime(draft, now) };
}

/** Give the fields that a draft changes, with their mask; undefined when it changes none. */
export function changed(key: Key, draft: Draft, now: number) {
  const expires = draft.expiry === "same" ? key.expireTime : expireTime(draft, now);
  const wanted = { ...fields(draft), expireTime: expires };
  const names = (Object.keys(wanted) as (keyof typeof wanted)[]).filter((name) => !isSame(wanted[name], key[name]));
  if (names.length === 0) return undefined;
  const body: Partial<typeof wanted> = Object.fromEntries(names.map((name) => [name, wanted[name]]));
  return { ...body, updateMask: names.join(",") };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function fields(draft: Draft) {
  return {
    displayName: draft.displayName.trim(),
    owner: draft.owner.trim(),
    // In the order of the server.
    scopes: [...draft.scopes].sort(),
    omitPayloads: draft.omitPayloads,
    requestsPerMinute: Number(draft.requestsPerMinute),
    concurrentRuns: Number(draft.concurrentRuns),
  };
}

function expireTime({ expiry, date }: Draft, now: number): string | undefined {
  if (expiry === "same" || expiry === "never") return undefined;
  if (expiry !== "date") return new Date(now + Number(expiry) * DAY_MS).toISOString();
  const end = new Date(`${date}T00:00`);
  end.setDate(end.getDate() + 1);
  return end.toISOString();
}
