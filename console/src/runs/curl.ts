/** Commands that call the server, with the key from the environment. */

import type { RunSpec } from "../api/client";
import { command, shellJson, shellQuote } from "./shell";

export const BEARER = '-H "Authorization: Bearer $PROMPTWIRE_KEY"';
export const JSON_TYPE = "-H 'Content-Type: application/json'";

/** Give a command that posts JSON. */
export function curlPost(url: string, body: object, key = BEARER): string {
  return command(`curl -sS ${shellQuote(url)}`, key, JSON_TYPE, `-d ${shellJson(body)}`);
}

/** Give a command that makes a run over REST; images are to be put in where it says. */
export function toCurl(base: string, spec: RunSpec): string {
  const images = spec.images?.map((image) => (image.data ? { data: "BASE64_OF_YOUR_IMAGE" } : image));
  return curlPost(`${base}/api/runs`, { ...spec, images });
}
