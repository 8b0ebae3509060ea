import { expect, test } from "vitest";
import { matching } from "./matching";

const CHOICES = [
  { value: "1", name: "Explain a topic", detail: "explain" },
  { value: "2", name: "Answer a message" },
];

test("choices are found by all words, in any order and case", () => {
  const found = (text: string) => matching(CHOICES, text).shown.map(({ value }) => value);
  expect([found(""), found("TOPIC ex"), found("a"), found("a x")]).toEqual([["1", "2"], ["1"], ["1", "2"], ["1"]]);
  expect(found("nothing")).toEqual([]);
});

test("of many choices some are left out, and counted", () => {
  const many = Array.from({ length: 130 }, (_, at) => ({ value: `${at}`, name: `name ${at}` }));
  const { shown, left } = matching(many, "name");
  expect([shown.length, left]).toEqual([100, 30]);
});
