import { expect, test } from "vitest";
import { draw } from "./document";
import { action, graphOf, output, variable } from "./for-tests";
import { arrange, freePlace, placesOf } from "./layout";

const NODES = [variable("v"), variable("w"), action("a"), action("b"), output("o")];

test("columns follow the longest path", () => {
  const places = arrange(draw(graphOf(NODES, "v>a", "a>b", "w>b", "v>b", "b>o")));
  expect([...places].map(([id, { x }]) => [id, x / 300])).toEqual([
    ["v", 0],
    ["w", 0],
    ["a", 1],
    ["b", 2],
    ["o", 3],
  ]);
});

test("rows follow what leads to them, around the middle", () => {
  const places = arrange(draw(graphOf(NODES, "w>a", "v>b")));
  const y = (id: string) => places.get(id)?.y ?? 0;
  expect(y("b")).toBeLessThan(y("a"));
  expect(y("a") + y("b")).toBe(0);
});

test("a cycle does not keep the rest from being placed", () => {
  const places = arrange(
    draw(graphOf([action("a"), action("b"), variable("v"), output("o")], "a>b", "b>a", "v>a", "v>o")),
  );
  expect([places.size, places.get("o")?.x]).toEqual([4, 300]);
});

test("nodes without a place are put beside those that have one, and on none of them", () => {
  const at = (x: number, y: number) => ({ position: { x, y } });
  const graph = graphOf(
    [{ ...variable("v"), ...at(1000, 500) }, action("a"), { ...output("o"), ...at(1600, 500) }],
    "v>a",
    "a>o",
  );
  const places = placesOf(draw(graph));
  expect([places.get("v"), places.get("a"), places.get("o")]).toEqual([
    { x: 1000, y: 500 },
    { x: 1300, y: 500 },
    { x: 1600, y: 500 },
  ]);
});

test("nodes that lie exactly on each other are laid out as if they had no places", () => {
  const stacked = NODES.map((node) => ({ ...node, position: { x: 40, y: 0 } }));
  const places = [...placesOf(draw(graphOf(stacked, "v>a", "a>b", "w>b", "b>o"))).values()];
  expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(5);
  expect(places[0]).toEqual({ x: 40, y: 0 });
});

test("the nearest place where nothing lies is free", () => {
  expect(freePlace([], { x: 5, y: 5 })).toEqual({ x: 5, y: 5 });
  expect(freePlace([{ x: 0, y: 0 }], { x: 10, y: 10 })).toEqual({ x: 10, y: 140 });
  expect(
    freePlace(
      [
        { x: 0, y: 0 },
        { x: 0, y: 140 },
      ],
      { x: 0, y: 0 },
    ),
  ).toEqual({ x: 240, y: 0 });
});
