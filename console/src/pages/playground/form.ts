/** What is filled in on the playground, and the runs that it makes. */

import type { Prompt, RunSpec, Variable, Version } from "../../api/client";
import { type Finding, givenFinding, NO_FINDING } from "../../runs/finding";
import { givenInputs, strictVariables } from "../../runs/given";
import { type ChosenImage, givenImages } from "../../runs/image-inputs";
import type { Inputs } from "../../runs/inputs-form";
import { parsePairs } from "../../runs/pairs";
import { parseObject } from "../../ui/json";

/** Another model, and parameters laid over those of the version, for this run alone. */
export interface Override {
  model: string;
  parameters: string;
}

export interface Form extends Finding {
  inputs: Inputs;
  images: (ChosenImage | undefined)[];
  overrides: readonly [Override, Override];
}

/** A version that was found, with its prompt. */
export interface Found {
  version: Version;
  prompt: Prompt;
  /** Whether the prompt was chosen, to run whatever is its latest. */
  isLatest: boolean;
}

const UNCHANGED: Override = { model: "", parameters: "" };
export const EMPTY: Form = { ...NO_FINDING, inputs: {}, images: [], overrides: [UNCHANGED, UNCHANGED] };

/** Give the variables as a run of the version sees them. */
function variablesOf({ version, prompt }: Found): Variable[] {
  return prompt.strictVariables ? strictVariables(version.variables) : version.variables;
}

/** Give the variables of all versions, those of the same name once. */
export function mergeVariables(found: readonly Found[]): Variable[] {
  const byName = new Map<string, Variable>();
  for (const variable of found.flatMap(variablesOf)) {
    if (!byName.has(variable.name)) byName.set(variable.name, variable);
  }
  return [...byName.values()];
}

/** Give what to show for each image that one of the versions needs. */
export function mergeImages(found: readonly Found[]): string[] {
  const most = Math.max(0, ...found.map(({ version }) => version.images.length));
  return Array.from({ length: most }, (_, index) => {
    const saying = found.find(({ version }) => version.images[index]?.description);
    return saying?.version.images[index]?.description ?? "";
  });
}

/** Give the run of a version with what is filled in. */
export function toSpec(found: Found, form: Form, override: Override): RunSpec {
  const { version, prompt, isLatest } = found;
  const spec: RunSpec = isLatest ? { promptId: prompt.id } : { versionId: version.id };
  spec.inputs = givenInputs(variablesOf(found), form.inputs);
  const images = givenImages(form.images, version.images.length);
  if (images) spec.images = images;
  if (!version.graph) {
    const { value: parameters = {} } = parseObject(override.parameters);
    if (override.model.trim()) spec.model = override.model.trim();
    if (Object.keys(parameters).length) spec.parameters = parameters;
  }
  return { ...spec, ...givenFinding(form) };
}

/** Give what of the form cannot be read; undefined: all can. */
export function findUnreadable(form: Form, found: readonly Found[]): string | undefined {
  if (parsePairs(form.metadata).fault) return "the metadata";
  const isBroken = found.some(({ version }, index) => {
    return !version.graph && parseObject(form.overrides[index === 0 ? 0 : 1].parameters).fault;
  });
  return isBroken ? "the parameters" : undefined;
}
