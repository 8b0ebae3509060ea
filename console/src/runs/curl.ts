import type { RunSpec } from "../api/client";

/** Give a command that makes a run over REST; the key is taken from the environment, and images from where it says. */
export function toCurl(base: string, spec: RunSpec): string {
  const images = spec.images?.map((image) => (image.data ? { data: "BASE64_OF_YOUR_IMAGE" } : image));
  const body = JSON.stringify({ ...spec, images }, null, 2);
  return [
    `curl ${quote(`${base}/api/runs`)} \\`,
    '  -H "Authorization: Bearer $PROMPTWIRE_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d ${quote(body)}`,
  ].join("\n");
}

/** Give a text as a shell takes it for one word, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
