import { expect, test } from "vitest";
import { action, graphOf, output, variable } from "./for-tests";
import { listNames, listUnled, listVariables } from "./names";

test("variables are those of the labels, with the first value that is stored", () => {
  const again = { ...variable("x", "late"), id: "again" };
  const found = listVariables(graphOf([variable("x"), variable("y", { a: 1 }), again, variable("z", 0)]));
  expect(found.map(({ name, required, defaultValue }) => [name, required, defaultValue])).toEqual([
    ["x", false, "late"],
    ["y", false, '{"a":1}'],
    ["z", false, "0"],
  ]);
  expect(listVariables(graphOf([variable("x")]))).toMatchObject([{ name: "x", required: true }]);
  expect(listVariables(graphOf([variable("x")]))[0]).not.toHaveProperty("defaultValue");
});

const GRAPH = graphOf(
  [variable("near"), variable("far"), action("one"), action("two"), output("o")],
  "far>one",
  "one>two",
  "near>two",
);

test("a prompt can name variables that lead to it, and actions before it", () => {
  expect(listNames(GRAPH, "two")).toEqual(["near", "one"]);
  expect(listNames(GRAPH, "one")).toEqual(["far"]);
});

test("holes that nothing leads to are told, other braces are not", () => {
  const prompt = 'Of {near}, {{ far }}, {{far}}, {nobody} and {"json": {"a": 1}}, {} {a b}';
  expect(listUnled(GRAPH, "two", prompt)).toEqual(["far", "nobody"]);
});
