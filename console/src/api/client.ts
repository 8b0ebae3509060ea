/** The native API, typed by the server's own /openapi.json. */

import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Caller = Schemas["WhoAmIResponse"];
export type Delivery = Schemas["Delivery"];
export type Folder = Schemas["Folder"];
export type Key = Schemas["Key"];
export type Label = Schemas["Label"];
export type LabelMove = Schemas["LabelMove"];
export type Model = Schemas["Model"];
export type NodeRun = Schemas["NodeRun"];
export type Output = Schemas["Output"];
export type OutputFormat = Schemas["OutputFormat"];
export type Problem = Schemas["Problem"];
export type Prompt = Schemas["Prompt"];
export type Run = Schemas["Run"];
export type RunError = Schemas["RunError"];
export type RunEvent = Schemas["RunEvent"];
export type RunSpec = Schemas["RunSpec"];
export type Session = Schemas["Session"];
export type Usage = Schemas["Usage"];
export type UsageBucket = Schemas["UsageBucket"];
export type Variable = Schemas["Variable"];
export type Version = Schemas["Version"];
export type Warning = Schemas["Warning"];

/** What the server refused, or why it could not be asked (`status` 0). */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get status(): number {
    return this.problem.status;
  }
}

/** Where the API is: beside the page, whatever path that is served at. */
export const BASE = new URL(".", document.baseURI).href.replace(/\/$/, "");

const PROJECT = "Promptwire-Project";

let secret = "";
let project = "";
let onRefused = (): void => {};

/** Call with this key from now on; `refused` is called when the server no longer takes it. */
export function setSecret(given: string, refused: () => void): void {
  secret = given;
  onRefused = refused;
}

/** Work in this project from now on, as an operator may; empty: in the key's own. */
export function setProject(name: string): void {
  project = name;
}

/** Give whom the key stands for, in a project that an operator names; empty: in the key's own. Throws ProblemError. */
export function whoAmI(name: string): Promise<Caller> {
  return take(api.GET("/api/me", { params: { header: { [PROJECT]: name } } }));
}

const authorize: Middleware = {
  onRequest({ request }) {
    authorizeHeaders(request.headers);
    return request;
  },
};

function authorizeHeaders(headers: Headers): void {
  headers.set("Authorization", `Bearer ${secret}`);
  if (project && !headers.has(PROJECT)) headers.set(PROJECT, project);
}

export const api = createClient<paths>({ baseUrl: BASE, fetch: (request) => reach(request) });
api.use(authorize);

/** Fetch anything of the server with the key. Throws ProblemError, also when the server does not answer. */
export async function fetchWithKey(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  authorizeHeaders(headers);
  const response = await reach(new Request(BASE + path, { ...init, headers }));
  if (!response.ok) throw await refused(response.status, await response.json().catch(() => undefined));
  return response;
}

/** Give what a call answers. Throws ProblemError. */
export async function take<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined) throw await refused(response.status, error);
  return data;
}

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ProblemError(local("SERVER_UNREACHABLE", "The server does not answer. Is it running? Try again."));
  }
}

async function refused(status: number, body: unknown): Promise<ProblemError> {
  if (status === 401) onRefused();
  if (body && typeof body === "object" && "detail" in body) return new ProblemError(body as Problem);
  return new ProblemError({ ...local("UNKNOWN", `The server answered with HTTP ${status}.`), status });
}

function local(reason: string, detail: string): Problem {
  return { type: "", title: reason, status: 0, detail, reason, requestId: "" };
}
