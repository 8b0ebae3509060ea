import { isObject } from "../ui/json";

export interface Message {
  role: string;
  text: string;
}

/** Read a message as a provider got it; what is no text is given as JSON. */
export function readMessage(message: unknown): Message {
  if (!isObject(message)) return { role: "message", text: print(message) };
  const { role, content, ...others } = message;
  const parts = [...texts(content), ...(Object.keys(others).length ? [print(others)] : [])];
  return { role: typeof role === "string" ? role : "message", text: parts.join("\n\n") };
}

function texts(content: unknown): string[] {
  if (content === undefined || content === null) return [];
  const parts = Array.isArray(content) ? content : [content];
  return parts.map((part) => {
    if (typeof part === "string") return part;
    return isObject(part) && typeof part.text === "string" ? part.text : print(part);
  });
}

function print(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
