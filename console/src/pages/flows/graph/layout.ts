/** Places for the nodes of a graph: columns by the longest path to a node, each node near those that lead to it. */

import type { Drawn, Place } from "./document";

const COLUMN = 300;
const ROW = 170;
/** How far from a node another one must be, not to lie on it. */
const NEAR: Place = { x: 240, y: 130 };

/** Give a place for each node that is drawn. */
export function arrange(drawn: Drawn): Map<string, Place> {
  const columns: string[][] = [];
  for (const [id, column] of findColumns(drawn)) {
    columns[column] ??= [];
    columns[column].push(id);
  }
  const rows = new Map<string, number>();
  const places = new Map<string, Place>();
  columns.forEach((ids, column) => {
    const wanted = ids.map((id, order) => ({ id, row: average((drawn.sources.get(id) ?? []).map(rowOf)) ?? order }));
    wanted.sort((a, b) => a.row - b.row);
    const middle = (wanted.length - 1) / 2;
    wanted.forEach(({ id }, at) => {
      rows.set(id, at - middle);
      places.set(id, { x: column * COLUMN, y: (at - middle) * ROW });
    });
  });
  return places;

  function rowOf(id: string): number {
    return rows.get(id) ?? 0;
  }
}

function average(numbers: readonly number[]): number | undefined {
  return numbers.length ? numbers.reduce((a, b) => a + b) / numbers.length : undefined;
}

/** Give for each node how many others the longest path to it has, in the order of the document. */
function findColumns({ nodes, sources, targets }: Drawn): Map<string, number> {
  // Nodes of a cycle stay in the first column: none of them comes first.
  const columns = new Map(nodes.map((node) => [node.id, 0]));
  const left = new Map(nodes.map(({ id }) => [id, sources.get(id)?.length ?? 0]));
  const ready = nodes.map((node) => node.id).filter((id) => left.get(id) === 0);
  for (const id of ready) {
    for (const target of targets.get(id) ?? []) {
      columns.set(target, Math.max(columns.get(target) ?? 0, (columns.get(id) ?? 0) + 1));
      left.set(target, (left.get(target) ?? 0) - 1);
      if (left.get(target) === 0) ready.push(target);
    }
  }
  return columns;
}

/** Give the places of the nodes: their own, and for those that have none one of the layout, beside the others. */
export function placesOf(drawn: Drawn): Map<string, Place> {
  const own = ownPlaces(drawn);
  if (own.size === drawn.nodes.length) return own;
  const layout = arrange(drawn);
  const shift = (axis: "x" | "y") =>
    average([...own].map(([id, place]) => place[axis] - (layout.get(id)?.[axis] ?? 0))) ?? 0;
  const [x, y] = [shift("x"), shift("y")];
  for (const [id, place] of layout) {
    if (!own.has(id)) own.set(id, freePlace(own.values(), { x: place.x + x, y: place.y + y }));
  }
  return own;
}

/** Give the places that nodes have themselves. What lies exactly on another one was never placed by anybody. */
function ownPlaces({ nodes }: Drawn): Map<string, Place> {
  const taken = new Set<string>();
  return new Map(
    nodes.flatMap(({ id, position }) => {
      const at = position && `${position.x} ${position.y}`;
      if (!at || taken.has(at)) return [];
      taken.add(at);
      return [[id, position]];
    }),
  );
}

/** Give the place nearest below or beside the wanted one where no node lies. */
export function freePlace(taken: Iterable<Place>, wanted: Place): Place {
  const others = [...taken];
  const isFree = (place: Place) =>
    others.every((other) => Math.abs(other.x - place.x) >= NEAR.x || Math.abs(other.y - place.y) >= NEAR.y);
  for (let distance = 0; ; distance++) {
    for (let along = 0; along <= distance; along++) {
      const place = { x: wanted.x + along * NEAR.x, y: wanted.y + (distance - along) * NEAR.y };
      if (isFree(place)) return place;
    }
  }
}
