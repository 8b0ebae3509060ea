import { expect, test } from "vitest";
import type { Prompt, Variable, Version } from "../../api/client";
import { EMPTY, type Found, findUnreadable, mergeImages, mergeVariables, toSpec } from "./form";

const PROMPT: Prompt = { id: "p", name: "P", description: "", alias: "", folderId: "", strictVariables: false };

function variable(name: string, more: Partial<Variable> = {}): Variable {
  return { name, type: "TYPE_TEXT", required: true, description: "", options: [], allowEmpty: false, ...more };
}

function found(version: Partial<Version>, isLatest = false, prompt = PROMPT): Found {
  const whole: Version = {
    id: "v",
    serial: "1",
    number: "1",
    promptId: "p",
    messages: [],
    variables: [],
    images: [],
    provider: "",
    model: "",
    commitMessage: "",
    isLatest: true,
    firstMessageSerial: "0",
    labels: [],
    outputs: [],
  };
  return { version: { ...whole, ...version }, prompt, isLatest };
}

const [UNCHANGED] = EMPTY.overrides;

test("a run names the version, or the prompt whose latest one it shall be", () => {
  expect(toSpec(found({}), EMPTY, UNCHANGED)).toEqual({ versionId: "v", inputs: {} });
  expect(toSpec(found({}, true), EMPTY, UNCHANGED)).toEqual({ promptId: "p", inputs: {} });
});

test("a run has all that was filled in, as far as its version takes it", () => {
  const form = {
    ...EMPTY,
    inputs: { a: "1", other: "2" },
    images: [{ name: "x.png", data: "AA" }, undefined],
    endUserId: "ann",
    metadata: "team=search",
  };
  const override = { model: " m ", parameters: '{"temperature": 0}' };
  const common = { inputs: { a: "1" }, endUserId: "ann", metadata: { team: "search" } };
  const template = found({ variables: [variable("a")], images: [{ description: "" }] });
  expect(toSpec(template, form, override)).toEqual({
    ...common,
    versionId: "v",
    images: [{ data: "AA" }],
    model: "m",
    parameters: { temperature: 0 },
  });
  const flow = found({ variables: [variable("a")], graph: { nodes: [] } });
  expect(toSpec(flow, form, override)).toEqual({ ...common, versionId: "v" });
});

test("variables of two versions are merged by name, strict ones without their defaults", () => {
  const first = found({ variables: [variable("a", { defaultValue: "x" })] }, false, {
    ...PROMPT,
    strictVariables: true,
  });
  const second = found({ variables: [variable("a"), variable("b", { required: false })] });
  expect(mergeVariables([first, second])).toEqual([variable("a"), variable("b", { required: false })]);
});

test("as many images are asked for as the version has that needs the most", () => {
  const images = [{ description: "" }, { description: "a dog" }];
  expect(mergeImages([found({ images: [{ description: "a cat" }] }), found({ images })])).toEqual(["a cat", "a dog"]);
  expect(mergeImages([])).toEqual([]);
});

test("what cannot be read is told", () => {
  const broken = { ...EMPTY, overrides: [{ model: "", parameters: "{" }, UNCHANGED] as const };
  expect(findUnreadable(broken, [found({})])).toBe("the parameters");
  expect(findUnreadable(broken, [found({ graph: {} })])).toBeUndefined();
  expect(findUnreadable({ ...EMPTY, metadata: "x" }, [])).toBe("the metadata");
});
