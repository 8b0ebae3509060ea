import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { toCurl } from "./curl";

/** Give the words of a command as a shell reads them. */
function words(command: string): string[] {
  const script = command.replace(/^curl/, "printf '%s\\0'");
  const env = { PROMPTWIRE_KEY: "pw_1" };
  return execFileSync("/bin/sh", ["-c", script], { encoding: "utf8", env }).split("\0").slice(0, -1);
}

test("the command says what the run is, whatever the inputs hold", () => {
  const spec = { promptId: "p", inputs: { a: 'it\'s $HOME `id` "x"\n\\n!' } };
  const [, url, , key, , type, , body] = words(toCurl("http://host/base", spec));
  expect([url, key, type]).toEqual([
    "http://host/base/api/runs",
    "Authorization: Bearer pw_1",
    "Content-Type: application/json",
  ]);
  expect(JSON.parse(body ?? "")).toEqual(spec);
});

test("images are not written out", () => {
  const command = toCurl("http://host", { versionId: "v", images: [{ data: "AAAA" }, { url: "https://x/y.png" }] });
  expect(command).not.toContain("AAAA");
  expect(JSON.parse(words(command).at(-1) ?? "").images).toEqual([
    { data: "BASE64_OF_YOUR_IMAGE" },
    { url: "https://x/y.png" },
  ]);
});
