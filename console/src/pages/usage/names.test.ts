import { expect, test } from "vitest";
import { groupName } from "./group-name";
import { distinct } from "./names";

test("what has the name of another is told apart by its id", () => {
  const names = distinct([
    ["bMGKHxIJtUgl", "reader"],
    ["57CugqznCpqv", "reader"],
    ["3yYZ19cfq2zT", "runner"],
  ]);
  expect([...names.values()]).toEqual(["reader (tUgl)", "reader (Cpqv)", "runner"]);
});

test("a group without a known name goes by its id", () => {
  const names = { prompts: distinct([["p", "Explain"]]), keys: distinct([]) };
  expect(groupName("prompt", "p", names)).toBe("Explain");
  expect(groupName("prompt", "", names)).toBe("No prompt");
  expect(groupName("key", "57CugqznCpqv", names)).toBe("57CugqznCpqv");
  expect(groupName("model", "local/tiny", names)).toBe("local/tiny");
});
