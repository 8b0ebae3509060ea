/** The ways to call for a prompt, each as a line for a shell with the key in PROMPTWIRE_KEY. */

import type { Version } from "../../../api/client";
import { BEARER, curlPost, JSON_TYPE } from "../../../runs/curl";
import { command, shellJson, shellQuote } from "../../../runs/shell";
import { exampleInputs } from "./inputs";

/** What the lines are to run, and where. */
export interface Called {
  base: string;
  grpc: string;
  /** Whether gRPC is spoken over TLS. */
  tls: boolean;
  promptId: string;
  version: Version;
  /** The label that stands for the version. Absent: it is the latest. */
  label?: string;
}

interface Wire {
  id: string;
  name: string;
  about: string;
  line: (called: Called) => string;
  /** Whether the wire can say this at all. */
  fits?: (called: Called) => boolean;
}

// The smallest picture there is, so that the line works as it stands.
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const BEARER_GRPC = '-H "authorization: Bearer $PROMPTWIRE_KEY"';

const isFlow = ({ version }: Called) => version.graph !== undefined;
const hasNoImages = ({ version }: Called) => version.images.length === 0;

const WIRES: readonly Wire[] = [
  {
    id: "rest",
    name: "REST",
    about: "Promptwire's own API. It answers when the run has ended.",
    line: (called) => post(called, "/api/runs", spec(called, "promptId")),
  },
  {
    id: "stream",
    name: "REST, streaming",
    about: "The same, with events as they happen. -N keeps curl from holding them back.",
    line: (called) =>
      command(
        `curl -sSN ${shellQuote(`${called.base}/api/runs`)}`,
        BEARER,
        JSON_TYPE,
        "-H 'Accept: text/event-stream'",
        `-d ${shellJson(spec(called, "promptId"))}`,
      ),
  },
  {
    id: "grpcurl",
    name: "grpcurl",
    about: "gRPC. The server has reflection on, so that no files are needed.",
    line: (called) =>
      command(
        called.tls ? "grpcurl" : "grpcurl -plaintext",
        BEARER_GRPC,
        `-d ${shellJson({ spec: spec(called, "prompt_id") })}`,
        `${shellQuote(called.grpc)} promptwire.v1.RunService/CreateRun`,
      ),
  },
  {
    id: "buf",
    name: "buf curl",
    about: "gRPC by buf. It takes the messages from the server, too.",
    line: (called) =>
      command(
        called.tls ? "buf curl --protocol grpc" : "buf curl --protocol grpc --http2-prior-knowledge",
        BEARER_GRPC,
        `-d ${shellJson({ spec: spec(called, "prompt_id") })}`,
        shellQuote(`${called.tls ? "https" : "http"}://${called.grpc}/promptwire.v1.RunService/CreateRun`),
      ),
  },
  {
    id: "betterprompt",
    name: "BetterPrompt",
    about: "BetterPrompt's API. It names a version, so the line runs the same one when newer ones come.",
    line: (called) => {
      const images = called.version.images.map(() => ({ type: "base64", base64: PIXEL }));
      const inputs = { textInputs: values(called), ...(images.length > 0 && { imageInputs: images }) };
      return post(called, "/v1/runs", { promptVersionId: called.version.id, inputs });
    },
  },
  {
    id: "promptitude",
    name: "Promptitude",
    about: "Promptitude's API.",
    fits: (called) => hasNoImages(called) && !(isFlow(called) && called.label !== undefined),
    line: (called) => {
      const { promptId, version, label } = called;
      if (isFlow(called)) return post(called, `/v1/flows/${promptId}/generate`, { flow: { inputs: values(called) } });
      const chosen = label !== undefined && { versionId: version.id };
      return post(called, "/v1/generate", { prompt: { promptId, ...chosen, inputs: values(called) } });
    },
  },
  {
    id: "promptchainer",
    name: "PromptChainer",
    about: "PromptChainer's API, which runs flows and gives a list of their outputs.",
    fits: isFlow,
    line: (called) => {
      const { promptId, version, label } = called;
      const path = `/api/flows/run/${promptId}${label === undefined ? "" : `?version=${version.number}`}`;
      return post(called, path, { variables: values(called) }, '-H "x-api-key: $PROMPTWIRE_KEY"');
    },
  },
  {
    id: "artificialstudio",
    name: "Artificial Studio",
    about: "Artificial Studio's API, to which the prompt is a model. It runs the latest version.",
    fits: (called) => called.label === undefined && !isFlow(called) && hasNoImages(called),
    line: (called) => {
      const body = { model: `prompt:${called.promptId}`, input: values(called) };
      return post(called, "/api/generate", body, '-H "Authorization: $PROMPTWIRE_KEY"');
    },
  },
  {
    id: "bifrost",
    name: "Bifrost",
    about: "Bifrost's prompt repository. It runs nothing: this reads the prompt with its versions and sessions.",
    line: ({ base, promptId }) =>
      command(`curl -sS ${shellQuote(`${base}/api/prompt-repo/prompts/${promptId}`)}`, BEARER),
  },
];

/** Give the wires that can call for this. */
export function listWires(called: Called): readonly Wire[] {
  return WIRES.filter(({ fits }) => fits?.(called) ?? true);
}

/** Give the scope that a key needs for a wire. */
export function scopeOf(wire: string): string {
  return wire === "bifrost" ? "prompts:write" : "runs:write";
}

/** Give a RunSpec, with the name that the wire has for the id of a prompt. */
function spec(called: Called, idName: string): object {
  const { promptId, label, version } = called;
  return {
    [idName]: promptId,
    ...(label !== undefined && { label }),
    inputs: values(called),
    ...(version.images.length > 0 && { images: version.images.map(() => ({ data: PIXEL })) }),
  };
}

function values({ version }: Called): Record<string, string> {
  return exampleInputs(version.variables);
}

function post({ base }: Called, path: string, body: object, key?: string): string {
  return curlPost(base + path, body, key);
}
