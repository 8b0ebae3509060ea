import { expect, test } from "vitest";
import { changesOf, replacedModel } from "./adjustments";

const MODEL = { parameter: "model", given: "text-davinci-003", sent: "openai/gpt-4.1-mini", renamed: "" };

test("what became of a parameter is told", () => {
  expect(
    changesOf([
      { parameter: "top_p", given: 0.5, renamed: "" },
      { parameter: "max_tokens", given: 2500, sent: 2500, renamed: "max_completion_tokens" },
      { parameter: "max_tokens", given: 2500, sent: 1900, renamed: "" },
      MODEL,
    ]),
  ).toEqual([
    "top_p 0.5 was left out",
    "max_tokens 2500 was sent as max_completion_tokens 2500",
    "max_tokens 2500 was sent as max_tokens 1900",
  ]);
});

test("a model that another one stands in for is told by the name that was given", () => {
  expect(replacedModel([MODEL])).toBe("text-davinci-003");
  expect(replacedModel([])).toBeUndefined();
});
