import { expect, test } from "vitest";
import { canFitLater, type Filters, fromSearch, isFiltered, NO_FILTERS, toQuery, toSearch } from "./filters";

const ALL: Filters = {
  states: ["STATE_QUEUED", "STATE_FAILED"],
  text: '"two words" more',
  prompt: "welcome",
  endUser: "user & 7",
  model: "local/small",
  reason: "ERROR_REASON_RUN_TIMED_OUT",
  stars: [1, 3],
  metadata: { plan: "pro", "a&b]": "c=d" },
  from: "2026-11-29T10:00:00.000Z",
  to: "2026-11-30T10:00:00.000Z",
};

test("filters go to the address and back", () => {
  expect(fromSearch(new URLSearchParams(toSearch(ALL).toString()))).toEqual(ALL);
  expect(fromSearch(new URLSearchParams())).toEqual(NO_FILTERS);
  expect(toSearch(NO_FILTERS).toString()).toBe("");
});

test("an address is read leniently", () => {
  const found = fromSearch(
    new URLSearchParams("state=STATE_FAILED&state=BROKEN&state=STATE_FAILED&stars=4&stars=2&reason=NO&from=soon&to="),
  );
  expect(found).toEqual({ ...NO_FILTERS, states: ["STATE_FAILED"], stars: [2] });
});

test("moments of an address are brought to one form", () => {
  expect(fromSearch(new URLSearchParams("from=2026-11-29T11:00:00%2B01:00")).from).toBe("2026-11-29T10:00:00.000Z");
});

test("the API is asked for what is set alone", () => {
  expect(JSON.parse(JSON.stringify(toQuery(NO_FILTERS)))).toEqual({});
  expect(toQuery({ ...NO_FILTERS, text: "  rain ", metadata: { "a&b": "c&d" } })).toMatchObject({
    text: "rain",
    metadata: { "a%26b": "c&d" },
  });
  expect(toQuery(ALL)).toMatchObject({
    states: ["STATE_QUEUED", "STATE_FAILED"],
    promptId: "welcome",
    endUserId: "user & 7",
    errorReason: "ERROR_REASON_RUN_TIMED_OUT",
    stars: [1, 3],
    minCreateTime: "2026-11-29T10:00:00.000Z",
  });
});

test("some filters fit a run only when it has gone on", () => {
  expect(canFitLater({ ...NO_FILTERS, prompt: "welcome", metadata: { plan: "pro" } })).toBe(false);
  expect(canFitLater({ ...NO_FILTERS, states: ["STATE_FAILED"] })).toBe(true);
  expect([NO_FILTERS, ALL].map(isFiltered)).toEqual([false, true]);
});
