import { expect, test } from "vitest";
import { add, readDocument, split } from "./document";

const folder = { id: "f", name: "Shop" };
const prompt = (alias: string) => ({ alias, name: alias });

test("a document is read as it is, or as a request has it", () => {
  const read = { folders: [folder], prompts: [] };
  expect(readDocument(JSON.stringify({ folders: [folder] }))).toEqual(read);
  expect(readDocument(JSON.stringify({ document: { folders: [folder] } }))).toEqual(read);
});

test("what is no document says so", () => {
  for (const [text, words] of [
    ["{", "not JSON"],
    ["[]", "must hold a JSON object"],
    ["{}", "neither"],
    ['{"prompts": {}}', "neither"],
  ] as const)
    expect(() => readDocument(text)).toThrow(words);
});

test("a large document goes in parts, the folders first", () => {
  const document = { folders: [folder], prompts: ["a", "b", "c"].map(prompt) };
  expect(split(document)).toEqual([document]);
  expect(split(document, 2)).toEqual([
    { folders: [folder], prompts: [prompt("a")] },
    { folders: [], prompts: [prompt("b"), prompt("c")] },
  ]);
  expect(split(document, 9, 1).length).toBe(4);
});

test("what the parts did is one sum", () => {
  const done = { createdFolders: "1", updatedFolders: "0", prompts: [] };
  expect(add(done, { ...done, updatedFolders: "2" })).toEqual({ ...done, createdFolders: "2", updatedFolders: "2" });
});
