import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** What a page takes from another one, as it is shown there. All else that several need is above them. */
const SHARED = ["runs/graph-tab.tsx: flows/run-graph", "runs/run.tsx: webhooks/deliveries-card"];

test("pages keep to their folders", () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => /[^/]+\/.*\.tsx?$/.test(file));
  expect(sources.flatMap(listForeign).sort()).toEqual(SHARED);
});

/** Give what a file imports from the folders of other pages. */
function listForeign(file: string): string[] {
  const text = readFileSync(join(import.meta.dirname, file), "utf8");
  return [...text.matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)]
    .map(([, path = ""]) => relative(import.meta.dirname, resolve(import.meta.dirname, file, "..", path)))
    .filter((path) => !path.startsWith("..") && path.split("/")[0] !== file.split("/")[0])
    .map((path) => `${file}: ${path}`);
}
