import { expect, test } from "vitest";
import { type Chosen, chosenBy, paramsOf } from "./chosen";

test("an address says what is shown", () => {
  const chosen: Chosen = { range: "30d", group: "model", promptId: "explain", keyId: "" };
  expect(paramsOf(chosen).toString()).toBe("range=30d&group=model&prompt=explain");
  expect(chosenBy(paramsOf(chosen))).toEqual(chosen);
});

test("an address that says nothing, or what there is not, means a day of all runs", () => {
  const first: Chosen = { range: "24h", group: "", promptId: "", keyId: "" };
  expect(chosenBy(new URLSearchParams())).toEqual(first);
  expect(chosenBy(new URLSearchParams("range=1y&group=owner"))).toEqual(first);
  expect(paramsOf(first).toString()).toBe("");
});
