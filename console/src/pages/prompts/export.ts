import { api, take } from "../../api/client";
import type { components } from "../../api/schema";
import { printSorted } from "../../ui/json";

type Document = components["schemas"]["Document"];

/** Give the text of a file of these prompts, or of all. Throws ProblemError. */
export async function exportDocument(promptIds: string[] = []): Promise<string> {
  const whole: Document = { folders: [], prompts: [] };
  let pageToken = "";
  do {
    const page = await take(api.GET("/api/export", { params: { query: { promptIds, pageToken } } }));
    whole.folders.push(...(page.document?.folders ?? []));
    whole.prompts.push(...(page.document?.prompts ?? []));
    pageToken = page.nextPageToken;
  } while (pageToken);
  return `${printSorted(whole)}\n`;
}
