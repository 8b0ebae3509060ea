import { expect, test } from "vitest";
import type { Folder } from "../../../api/client";
import type { Listed } from "../../../api/prompts";
import { ALL, find, listPlaces, NONE } from "./search";

const prompt = (id: string, said: Partial<Listed>): Listed => ({
  ...{ id, name: "", description: "", alias: "", folderId: "", strictVariables: false, isFlow: false },
  ...said,
});
const PROMPTS = [
  prompt("1a", { name: "Welcome mail", folderId: "f" }),
  prompt("2b", { alias: "farewell", description: "A MAIL to those who go" }),
  prompt("3c", { name: "Slogan", folderId: "f" }),
];
const FOLDER: Folder = { id: "f", name: "Shop", promptCount: "9" };

test("every word must be somewhere, in any case", () => {
  const ids = (text: string, place = ALL) => find(PROMPTS, place, text).map(({ id }) => id);
  expect(ids("mail")).toEqual(["1a", "2b"]);
  expect(ids(" Mail  WELCOME ")).toEqual(["1a"]);
  expect(ids("3C")).toEqual(["3c"]);
  expect(ids("mail", "f")).toEqual(["1a"]);
  expect(ids("", NONE)).toEqual(["2b"]);
  expect(ids("nothing")).toEqual([]);
});

test("places count the prompts that are there", () => {
  expect(listPlaces([FOLDER], PROMPTS).map(({ name, count }) => [name, count])).toEqual([
    ["All prompts", 3],
    ["No folder", 1],
    ["Shop", 2],
  ]);
});
