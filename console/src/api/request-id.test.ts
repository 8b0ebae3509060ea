import { afterEach, expect, test, vi } from "vitest";
import { newRequestId } from "./request-id";

afterEach(() => vi.unstubAllGlobals());

test("each id is another one", () => {
  expect(newRequestId()).not.toBe(newRequestId());
});

test("plain http pages have ids of the same strength", () => {
  vi.stubGlobal("crypto", { getRandomValues: (bytes: Uint8Array) => bytes.fill(10) });
  expect(newRequestId()).toBe("0a".repeat(16));
});
