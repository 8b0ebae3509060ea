import { expect, test } from "vitest";
import type { Problem } from "../../../api/client";
import { action, graphOf, output, variable } from "./for-tests";
import { faultsOf, split, warningsOf } from "./places";

const GRAPH = graphOf([variable("v"), { id: "v" }, { ...action(""), id: "a" }, output("o")], "v>a", "a>gone");

test("places are read as they are written, either way", () => {
  expect(split("graph.nodes[3].data.prompt")).toEqual(["graph", "nodes", "3", "data", "prompt"]);
  expect(split("graph.nodes[3]")).toEqual(["graph", "nodes", "3"]);
  expect(split("#/graph/nodes/3/data/a~1b~0c%20d")).toEqual(["graph", "nodes", "3", "data", "a/b~c d"]);
  expect(split("#/inputs/%zz")).toEqual(["inputs", "%zz"]);
});

test("warnings lead to their nodes", () => {
  const found = warningsOf(
    [
      { field: "graph.nodes[2]", message: "is odd" },
      { field: "graph.nodes", message: "none" },
    ],
    GRAPH,
  );
  expect(found).toEqual([
    { isFault: false, about: "a", text: "is odd", nodeId: "a", member: "" },
    { isFault: false, about: "nodes", text: "none", member: "" },
  ]);
});

test("faults lead to their nodes and members; those of edges to an end; those of other fields are left out", () => {
  const fault = (pointer?: string) => ({ detail: "bad", reason: "GRAPH_INVALID", pointer });
  const pointers = ["nodes/0/data/variable/label", "nodes/1/id", "edges/1/target", "edges/0", "edges/9"];
  const errors = [...pointers.map((it) => fault(`#/graph/${it}`)), fault("#/inputs/v"), fault()];
  const found = faultsOf({ errors } as Problem, GRAPH).map(({ about, nodeId, member }) => [about, nodeId, member]);
  expect(found).toEqual([
    ["v, variable.label", "v", "data.variable.label"],
    ["node 2, id", undefined, "id"],
    ["edge from a to nothing, target", "a", ""],
    ["edge from v to a", "v", ""],
    ["edge from nothing to nothing", undefined, ""],
  ]);
});
