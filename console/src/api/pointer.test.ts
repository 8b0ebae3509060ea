import { expect, test } from "vitest";
import { stepsOf } from "./pointer";

test("steps are read as they were meant, whatever they hold", () => {
  expect(stepsOf("#/graph/nodes/3/data/a~1b~0c%20d")).toEqual(["graph", "nodes", "3", "data", "a/b~c d"]);
  expect(stepsOf("#/inputs/%zz")).toEqual(["inputs", "%zz"]);
});
