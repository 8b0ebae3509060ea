import { expect, test } from "vitest";
import { counting, type Exported } from "./counting";

test("what goes by is counted by bytes and by lines", async () => {
  const told: Exported[] = [];
  const stream = new Blob(['{"id":1}\n{"id":2}\n']).stream().pipeThrough(counting((soFar) => told.push(soFar)));
  expect(await new Response(stream).text()).toBe('{"id":1}\n{"id":2}\n');
  expect(told.at(-1)).toEqual({ bytes: 18, runs: 2 });
});
