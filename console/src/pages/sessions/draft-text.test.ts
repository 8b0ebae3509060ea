import { expect, test } from "vitest";
import { listChanges } from "./draft-text";

const BASE: Parameters<typeof listChanges>[0] = {
  messages: [{ role: "user", content: "one\ntwo\nthree" }],
  variables: [],
  images: [],
  provider: "",
  model: "",
  parameters: { b: 1, a: 2 },
};

test("what says the same has no changes, whatever the order of members", () => {
  const other = { ...BASE, messages: [{ content: "one\ntwo\nthree", role: "user" }], parameters: { a: 2, b: 1 } };
  expect(listChanges(BASE, other)).toEqual([]);
});

test("changed lines are told with those around them", () => {
  const changes = listChanges(BASE, { ...BASE, messages: [{ role: "user", content: "one\n2\nthree" }] });
  expect(changes.filter(({ kind }) => kind !== "same")).toEqual([
    { kind: "removed", text: "two" },
    { kind: "added", text: "2" },
  ]);
  expect(changes[0]).toEqual({ kind: "same", text: "[user]" });
});

test("changes far from each other have a gap between", () => {
  const long = Array.from({ length: 30 }, (_, at) => `line ${at}`).join("\n");
  const base = { ...BASE, messages: [{ role: "user", content: `a\n${long}\nb` }] };
  const changes = listChanges(base, { ...base, messages: [{ role: "user", content: `A\n${long}\nB` }] });
  expect(changes.filter(({ kind }) => kind === "gap")).toHaveLength(1);
});
