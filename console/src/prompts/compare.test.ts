import { expect, test } from "vitest";
import type { Variable, Version } from "../api/client";
import { compareContents } from "./compare";

const version = (said: Partial<Version>): Version =>
  ({ messages: [], variables: [], images: [], provider: "", model: "", ...said }) as unknown as Version;

test("messages are told by role and text, all else as JSON", () => {
  const old = version({ messages: [{ role: "user", content: "hi" }, "bare"] });
  expect(compareContents(old, version({})).changed).toEqual([
    { title: "Messages", old: '[user]\nhi\n\n[json]\n"bare"', new: "" },
  ]);
});

test("parts that are equal are named, those that neither has are not", () => {
  const common = { model: "m", parameters: {}, messages: [{ role: "user", content: "hi" }] };
  const found = compareContents(
    version(common),
    version({ ...common, outputFormat: { type: "TYPE_JSON", schema: { b: 1, a: 2 } } }),
  );
  expect(found.equal).toEqual(["Messages", "Model"]);
  expect(found.changed.map(({ title }) => title)).toEqual(["Output format", "Schema"]);
});

test("the order of members is no difference", () => {
  const { changed } = compareContents(version({ parameters: { a: 1, b: 2 } }), version({ parameters: { b: 2, a: 1 } }));
  expect(changed).toEqual([]);
});

test("of variables that is told which says something", () => {
  const topic: Variable = {
    name: "topic",
    type: "TYPE_TEXT",
    required: true,
    description: "",
    options: [],
    allowEmpty: false,
  };
  const told = compareContents(version({}), version({ variables: [topic] })).changed[0]?.new;
  expect(JSON.parse(told ?? "")).toEqual([{ name: "topic", type: "TYPE_TEXT", required: true }]);
});
