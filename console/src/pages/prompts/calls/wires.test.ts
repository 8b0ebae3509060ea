import { expect, test } from "vitest";
import type { Variable, Version } from "../../../api/client";
import { exampleInputs } from "./inputs";
import { type Called, listWires } from "./wires";

const variable = (name: string, said: Partial<Variable> = {}): Variable => ({
  ...{ name, type: "TYPE_TEXT", required: true, description: "", options: [], allowEmpty: false },
  ...said,
});
const VERSION = { id: "v", number: "3", images: [], variables: [variable("it's")] } as unknown as Version;
const CALLED: Called = { base: "http://a:1", grpc: "a:2", tls: false, promptId: "p", version: VERSION };
const line = (id: string, change: Partial<Called> = {}) => {
  const called = { ...CALLED, ...change };
  return listWires(called)
    .find((wire) => wire.id === id)
    ?.line(called);
};
const flow = { ...VERSION, graph: {} };

test("the native line names prompt, label and values", () => {
  expect(line("rest", { label: "x y" })).toBe(`curl -sS http://a:1/api/runs \\
  -H "Authorization: Bearer $PROMPTWIRE_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '{
  "promptId": "p",
  "label": "x y",
  "inputs": {
    "it'\\''s": "example it'\\''s"
  }
}'`);
});

test("gRPC goes over TLS when it is asked to", () => {
  expect(line("grpcurl")).toContain("grpcurl -plaintext");
  expect(line("grpcurl", { tls: true })).not.toContain("-plaintext");
  expect(line("buf")).toContain("http://a:2/promptwire.v1.RunService/CreateRun");
  expect(line("buf", { tls: true })).toContain("https://a:2/");
});

test("each wire names the version in its own way", () => {
  expect(line("betterprompt")).toContain('"promptVersionId": "v"');
  expect(
    [line("promptitude"), line("promptitude", { label: "l" })].map((it) => it?.includes('"versionId": "v"')),
  ).toEqual([false, true]);
  expect(line("promptchainer", { version: flow, label: "l" })).toContain("'http://a:1/api/flows/run/p?version=3'");
});

test("wires are left out that cannot say it", () => {
  const ids = (change: Partial<Called>) => listWires({ ...CALLED, ...change }).map(({ id }) => id);
  const common = ["rest", "stream", "grpcurl", "buf", "betterprompt"];
  expect(ids({})).toEqual([...common, "promptitude", "artificialstudio", "bifrost"]);
  expect(ids({ label: "l" })).toEqual([...common, "promptitude", "bifrost"]);
  expect(ids({ version: flow })).toEqual([...common, "promptitude", "promptchainer", "bifrost"]);
  expect(ids({ version: { ...VERSION, images: [{ description: "" }] } })).toEqual([...common, "bifrost"]);
});

test("values are defaults, first choices, or a few words", () => {
  const options = [{ name: "A", value: "a" }];
  expect(
    exampleInputs([
      variable("topic"),
      variable("tone", { defaultValue: "" }),
      variable("kind", { type: "TYPE_SELECT", options }),
      variable("long", { defaultValue: "x".repeat(201) }),
    ]),
  ).toEqual({ topic: "example topic", tone: "", kind: "a" });
});
