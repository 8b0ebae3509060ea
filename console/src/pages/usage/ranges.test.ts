import { expect, test } from "vitest";
import { begins, named, tick } from "./ranges";

const NOW = Date.parse("2026-11-29T10:20:30Z");
const iso = (moment: number | undefined) => new Date(moment ?? Number.NaN).toISOString();

test("a day is 24 hours, the present one among them", () => {
  const hours = begins("24h", NOW);
  expect(hours).toHaveLength(24);
  expect([iso(hours[0]), iso(hours.at(-1))]).toEqual(["2026-11-28T11:00:00.000Z", "2026-11-29T10:00:00.000Z"]);
});

test("days begin at midnight UTC, whatever the months and the clock of the browser", () => {
  const days = begins("90d", NOW);
  expect(days).toHaveLength(90);
  expect([iso(days[0]), iso(days.at(-1))]).toEqual(["2026-09-01T00:00:00.000Z", "2026-11-29T00:00:00.000Z"]);
  expect(new Set(days.map((day) => day % 86_400_000))).toEqual(new Set([0]));
});

test("buckets are named in UTC", () => {
  const midnight = Date.parse("2026-11-29T00:00:00Z");
  expect([tick(midnight, true), tick(midnight, false)]).toEqual(["00:00", "Nov 29"]);
  expect([named(midnight, true), named(midnight, false)]).toEqual(["Nov 29, 00:00 UTC", "Nov 29"]);
});
