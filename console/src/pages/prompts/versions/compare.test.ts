import { expect, test } from "vitest";
import type { Version } from "../../../api/client";
import { compareVersions } from "./compare";

const version = (said: Partial<Version>): Version =>
  ({ messages: [], variables: [], images: [], provider: "", model: "", ...said }) as unknown as Version;

test("messages are told by role and text, all else as JSON", () => {
  const old = version({ messages: [{ role: "user", content: "hi" }, "bare"] });
  expect(compareVersions(old, version({})).changed).toEqual([
    { title: "Messages", old: '[user]\nhi\n\n[json]\n"bare"', new: "" },
  ]);
});

test("parts that are equal are named, those that neither has are not", () => {
  const common = { model: "m", parameters: {}, messages: [{ role: "user", content: "hi" }] };
  const found = compareVersions(
    version(common),
    version({ ...common, outputFormat: { type: "TYPE_JSON", schema: { b: 1, a: 2 } } }),
  );
  expect(found.equal).toEqual(["Messages", "Model"]);
  expect(found.changed.map(({ title }) => title)).toEqual(["Output format", "Schema"]);
});

test("the order of members is no difference", () => {
  const { changed } = compareVersions(version({ parameters: { a: 1, b: 2 } }), version({ parameters: { b: 2, a: 1 } }));
  expect(changed).toEqual([]);
});
