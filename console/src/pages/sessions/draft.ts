/** What the editor of a session holds: texts as they are typed, from which what is saved is read. */

import type { Session, Variable } from "../../api/client";
import type { Content } from "../../prompts/compare";
import { listHoles } from "../../prompts/holes";
import type { Inputs } from "../../runs/inputs-form";
import { parseObject, printObject } from "../../ui/json";
import { type MessageDraft, readMessage, toMessageDraft } from "./message-draft";

export type FormatType = "TYPE_TEXT" | "TYPE_LIST" | "TYPE_JSON" | "TYPE_IMAGE";
export type VariableDraft = Variable & { key: number };
type ImageDraft = { key: number; description: string };

export interface Draft {
  messages: MessageDraft[];
  variables: VariableDraft[];
  images: ImageDraft[];
  provider: string;
  model: string;
  parameters: string;
  format: FormatType;
  schema: string;
  inputs: Inputs;
}

let lastKey = 0;

/** Give what tells an item of a list from the others wherever it moves. */
export function newKey(): number {
  lastKey += 1;
  return lastKey;
}

export function toDraft(session: Session): Draft {
  const format = session.outputFormat;
  return {
    messages: session.messages.map((message) => toMessageDraft(message, newKey())),
    variables: session.variables.map((variable) => ({ ...variable, key: newKey() })),
    images: session.images.map(({ description }) => ({ description, key: newKey() })),
    provider: session.provider,
    model: session.model,
    parameters: printObject(session.parameters),
    format: !format || format.type === "TYPE_UNSPECIFIED" ? "TYPE_TEXT" : format.type,
    schema: format?.schema ? JSON.stringify(format.schema, null, 2) : "",
    inputs: session.inputs,
  };
}

/** Give what is saved of a draft. Only for one without syntax errors. */
export function toContent(draft: Draft) {
  const schema = draft.format === "TYPE_JSON" && draft.schema.trim() ? parseObject(draft.schema).value : undefined;
  return {
    messages: draft.messages.map((message) => readMessage(message).value),
    variables: draft.variables.map(toVariable),
    images: draft.images.map(({ description }) => ({ description })),
    provider: draft.provider,
    model: draft.model,
    parameters: parseObject(draft.parameters).value ?? {},
    outputFormat: draft.format === "TYPE_TEXT" ? undefined : { type: draft.format, schema },
    inputs: draft.inputs,
  };
}

/** Give the content of the version that a draft would become. Only for one without syntax errors. */
export function toVersionContent(draft: Draft): Content {
  return { ...toContent(draft), variables: completed(draft) };
}

function toVariable({ key: _, ...variable }: VariableDraft): Variable {
  return { ...variable, options: variable.type === "TYPE_SELECT" ? variable.options : [] };
}

/** Give the places of a draft whose JSON cannot be read. */
export function listUnreadable(draft: Draft): string[] {
  const places = draft.messages.map((message, at) => (readMessage(message).fault ? `message ${at + 1}` : ""));
  if (parseObject(draft.parameters).fault) places.push("the parameters");
  if (draft.format === "TYPE_JSON" && parseObject(draft.schema).fault) places.push("the schema");
  return places.filter(Boolean);
}

/** Give a text that is the same for two drafts when they say the same. */
export function fingerprint(draft: Draft): string {
  return JSON.stringify({
    ...draft,
    messages: draft.messages.map((message) => ({ ...message, key: 0 })),
    variables: draft.variables.map((variable) => ({ ...variable, key: 0 })),
    images: draft.images.map((image) => ({ ...image, key: 0 })),
    inputs: Object.entries(draft.inputs).sort(),
  });
}

/** Give the names of the holes for which the draft declares no variable. */
export function listUndeclared({ messages, variables }: Draft): string[] {
  const declared = new Set(variables.map(({ name }) => name));
  return listHoles(
    messages.map((message) => readMessage(message).value),
    declared,
  ).filter((name) => !declared.has(name));
}

/** Give the names of the declared variables that no message has a hole for. */
export function listUnused({ messages, variables }: Draft): Set<string> {
  const names = variables.map(({ name }) => name);
  const holes = new Set(
    listHoles(
      messages.map((message) => readMessage(message).value),
      names,
    ),
  );
  return new Set(names.filter((name) => !holes.has(name)));
}

/** Give the variables that a run of the draft has: those declared, and one for each hole without one. */
export function completed(draft: Draft): Variable[] {
  const declared = draft.variables.filter(({ name }) => name).map(toVariable);
  return [...declared, ...listUndeclared(draft).map(newVariable)];
}

/** Give a variable as a hole declares it. */
export function newVariable(name: string): Variable {
  return { name, type: "TYPE_TEXT", required: true, description: "", options: [], allowEmpty: false };
}
