import { api, take } from "../../api/client";

/** Make a prompt and give what is made with its id; if that fails, the prompt is deleted again. Throws ProblemError. */
export async function withPrompt<T>(name: string, make: (id: string) => Promise<T>): Promise<T> {
  const id = (await take(api.POST("/api/prompts", { body: { name } }))).prompt?.id ?? "";
  try {
    return await make(id);
  } catch (error) {
    // What was refused first is what has to be told.
    await take(api.DELETE("/api/prompts/{id}", { params: { path: { id } } })).catch(() => undefined);
    throw error;
  }
}
