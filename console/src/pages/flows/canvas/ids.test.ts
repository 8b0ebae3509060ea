import { expect, test } from "vitest";
import { fromCanvasId, toCanvasId } from "./ids";

test.each(["color", "a-b_1", 'x"] *', "%20;", "é🙂\ud800", "</style>", " "])("%j comes back as it was", (id) => {
  expect(toCanvasId(id)).toMatch(/^[\w%;-]+$/);
  expect(fromCanvasId(toCanvasId(id))).toBe(id);
});
