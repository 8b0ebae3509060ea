import { expect, test } from "vitest";
import type { Version } from "../../api/client";
import { nodeNames } from "./node-names";

const names = (graph: unknown) => nodeNames({ graph } as Version);

test("nodes with a name are called by it", () => {
  const nodes = [
    { id: "a", data: { name: "Joke" } },
    { id: "b", data: { name: "" } },
    { id: "c", data: {} },
  ];
  expect(names({ nodes })).toEqual({ a: "Joke" });
});

test("what is no graph has no names", () => {
  expect([names(undefined), names({ nodes: 3 }), names({ nodes: [null, { id: 1, data: { name: "x" } }] })]).toEqual([
    {},
    {},
    {},
  ]);
});
