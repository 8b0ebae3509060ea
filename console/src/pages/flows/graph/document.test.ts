import { expect, test } from "vitest";
import { draw, parseGraph } from "./document";
import { action, graphOf, other, output, variable } from "./for-tests";

test("nodes are read by their types; what has no id of its own is left out", () => {
  const nodes = [variable("v"), action("a"), other("o"), null, { id: 3 }, { id: "a" }, { id: "bare", type: {} }];
  const { nodes: drawn } = draw(graphOf(nodes));
  expect(drawn.map(({ index, id, kind, name }) => [index, id, kind, name])).toEqual([
    [0, "v", "variable", "v"],
    [1, "a", "action", "a"],
    [2, "o", "other", ""],
    [6, "bare", "other", ""],
  ]);
});

test("edges are drawn between what they can be fastened to", () => {
  const graph = graphOf(
    [variable("v"), action("a"), output("o"), other("x")],
    "v>a",
    "a>v",
    "o>a",
    "a>o",
    "x>a",
    "a>?",
  );
  const { edges, sources, targets } = draw({ ...graph, edges: [...graph.edges, null, { source: 1 }] });
  expect(edges.map((edge) => edge.index)).toEqual([0, 3, 4]);
  expect([sources.get("a"), targets.get("a")]).toEqual([["v", "x"], ["o"]]);
});

test("a place is one when both its numbers are", () => {
  const places = [{ x: 1, y: 2.5, z: 3 }, { x: 1 }, { x: "1", y: 2 }, null, undefined];
  const nodes = places.map((position, index) => ({ id: `${index}`, position }));
  expect(draw(graphOf(nodes)).nodes.map((node) => node.position)).toEqual([
    { x: 1, y: 2.5 },
    ...[undefined, undefined, undefined, undefined],
  ]);
});

test("texts that hold no graph are refused with a reason", () => {
  expect(parseGraph('{"nodes": [], "edges": [], "viewport": 1}')).toEqual({ nodes: [], edges: [], viewport: 1 });
  expect(() => parseGraph("{nodes}")).toThrow(/not JSON/);
  for (const text of ["null", "[]", "{}", '{"nodes": {}, "edges": []}'])
    expect(() => parseGraph(text)).toThrow(/lists/);
});
