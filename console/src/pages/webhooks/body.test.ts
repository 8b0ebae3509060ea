import { expect, test } from "vitest";
import { pretty } from "./body";

test("JSON is spread out, other texts stay", () => {
  expect(pretty('{"type":"run.succeeded"}')).toEqual({ text: '{\n  "type": "run.succeeded"\n}', isJson: true });
  expect(pretty("<h1>Oops</h1>")).toEqual({ text: "<h1>Oops</h1>", isJson: false });
  expect(pretty("null")).toEqual({ text: "null", isJson: false });
  expect(pretty("")).toEqual({ text: "", isJson: false });
});
