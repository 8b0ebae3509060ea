import { expect, test } from "vitest";
import type { Key } from "../../api/client";
import { changed, created, draftOf, isComplete, NEW } from "./draft";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const KEY: Key = {
  id: "bMGKHxIJtUgl",
  displayName: "Checkout",
  owner: "shop",
  project: "default",
  prefix: "pw_bMGKHxIJtUgl",
  scopes: ["runs:read", "runs:write"],
  omitPayloads: false,
  expireTime: "2027-01-01T00:00:00Z",
  requestsPerMinute: 60,
  concurrentRuns: 0,
};

test("a new key has what the form says", () => {
  const draft = { ...NEW, displayName: " Checkout ", scopes: ["runs:write"], expiry: "30" as const };
  expect(created(draft, NOW)).toEqual({
    displayName: "Checkout",
    owner: "",
    scopes: ["runs:write"],
    omitPayloads: false,
    requestsPerMinute: 0,
    concurrentRuns: 0,
    expireTime: "2026-12-29T12:00:00.000Z",
  });
  expect(created({ ...draft, expiry: "never" }, NOW).expireTime).toBeUndefined();
});

test("a date is meant to its end, by the clock of the browser", () => {
  const { expireTime } = created({ ...NEW, expiry: "date", date: "2026-12-31" }, NOW);
  expect(new Date(expireTime ?? "")).toEqual(new Date(2027, 0, 1));
});

test("nothing is asked before there is a name, a scope, and the date that was to be given", () => {
  const draft = { ...NEW, displayName: "Checkout", scopes: ["runs:write"] };
  expect(isComplete(draft)).toBe(true);
  expect(isComplete({ ...draft, displayName: " " })).toBe(false);
  expect(isComplete({ ...draft, scopes: [] })).toBe(false);
  expect(isComplete({ ...draft, expiry: "date" })).toBe(false);
});

test("only what changed is sent", () => {
  const draft = draftOf(KEY);
  expect(changed(KEY, draft, NOW)).toBeUndefined();
  expect(changed(KEY, { ...draft, scopes: ["runs:write", "runs:read"] }, NOW)).toBeUndefined();
  expect(changed(KEY, { ...draft, owner: "", requestsPerMinute: "" }, NOW)).toEqual({
    owner: "",
    requestsPerMinute: 0,
    updateMask: "owner,requestsPerMinute",
  });
});

test("a key that shall never expire is named in the mask, without a time", () => {
  expect(changed(KEY, { ...draftOf(KEY), expiry: "never" }, NOW)).toEqual({
    expireTime: undefined,
    updateMask: "expireTime",
  });
});
