import { expect, test } from "vitest";
import { draw, type Graph } from "./document";
import { addNode, connect, listSources, listTargets, moveNodes, removeParts, setMember } from "./edits";
import { action, graphOf, other, output, variable } from "./for-tests";

const GRAPH: Graph = {
  ...graphOf([variable("v"), { ...action("a"), extra: [1] }, output("o"), other("x")], "v>a", "a>o"),
  viewport: { zoom: 2 },
};

test("a member is set in its place, and all else is the same", () => {
  const after = setMember(GRAPH, 1, ["data", "prompt"], "new");
  expect(after).toEqual({ ...GRAPH, nodes: GRAPH.nodes.with(1, { ...action("a", "new"), extra: [1] }) });
  expect(Object.keys((after.nodes[1] as { data: object }).data)).toEqual(["name", "prompt"]);
  expect(after.nodes[0]).toBe(GRAPH.nodes[0]);
});

test("members on the way are made, and undefined takes one away", () => {
  const made = setMember(GRAPH, 3, ["data", "modelParams", "model"], "m");
  expect(made.nodes[3]).toEqual({ ...other("x"), data: { code: "1", modelParams: { model: "m" } } });
  const gone = setMember(made, 3, ["data", "modelParams", "model"], undefined);
  expect(gone.nodes[3]).toEqual({ ...other("x"), data: { code: "1", modelParams: {} } });
});

test("a new node has an id and a name that nothing else has", () => {
  const first = addNode(GRAPH, "action", { x: 1, y: 2 });
  const second = addNode(setMember(first.graph, 4, ["data", "name"], "action_2"), "action", { x: 0, y: 0 });
  expect([first.id, second.id]).toEqual(["action-1", "action-3"]);
  expect(draw(second.graph).nodes.at(-1)?.name).toBe("action_3");
});

test("a removed node takes all edges that name it along, even those that are not drawn", () => {
  const odd = {
    ...GRAPH,
    edges: [...GRAPH.edges, { source: "o", target: "v", odd: true }, { source: "?", target: "a" }],
  };
  const after = removeParts(odd, new Set(["v"]), new Set([1]));
  expect(after.nodes.map((node) => (node as { id: string }).id)).toEqual(["a", "o", "x"]);
  expect(after.edges).toEqual([{ source: "?", target: "a" }]);
  expect(after.viewport).toEqual({ zoom: 2 });
});

test("edges lead to each node once, and never around in a circle", () => {
  const graph = graphOf([variable("v"), action("a"), action("b"), output("o"), other("x")], "v>a", "a>b");
  const targets = (id: string) => listTargets(graph, id).map((node) => node.id);
  const sources = (id: string) => listSources(graph, id).map((node) => node.id);
  expect([targets("v"), targets("a"), targets("b"), targets("o")]).toEqual([
    ["b", "o", "x"],
    ["o", "x"],
    ["o", "x"],
    [],
  ]);
  expect([sources("v"), sources("a"), sources("o")]).toEqual([[], ["x"], ["v", "a", "b", "x"]]);
});

test("an edge is fastened as the server wants it", () => {
  const [first, second] = connect(connect(GRAPH, "v", "o"), "x", "a").edges.slice(2);
  expect(first).toEqual({ id: "v-o", source: "v", sourceHandle: "output", target: "o", targetHandle: "input" });
  expect(second).toEqual({ id: "x-a", source: "x", target: "a", targetHandle: "variables" });
  const taken = { ...GRAPH, edges: [{ id: "v-o", source: "v", target: "a" }] };
  expect(connect(taken, "v", "o").edges[1]).toMatchObject({ id: "v-o-2" });
});

test("what is moved keeps what else its position holds", () => {
  const graph = setMember(GRAPH, 0, ["position"], { x: 1, y: 1, z: 9 });
  expect(moveNodes(graph, new Map([["v", { x: 5, y: 1 }]])).nodes[0]).toMatchObject({ position: { x: 5, y: 1, z: 9 } });
  expect(moveNodes(graph, new Map([["v", { x: 1, y: 1 }]]))).toBe(graph);
});
