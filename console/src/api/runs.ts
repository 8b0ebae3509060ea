import { api, type Run, take } from "./client";

/** Give a run as it is on record. Throws ProblemError. */
export async function getRun(id: string): Promise<Run | undefined> {
  return (await take(api.GET("/api/runs/{id}", { params: { path: { id } } }))).run;
}
