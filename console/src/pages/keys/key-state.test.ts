import { expect, test } from "vitest";
import type { Key } from "../../api/client";
import { keyState, oldSecretUntil } from "./key-state";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const key = (given: Partial<Key>) => given as Key;

test("a key is active until it expires or is revoked", () => {
  expect(keyState(key({}), NOW)).toBe("active");
  expect(keyState(key({ expireTime: "2026-12-07T12:00:00Z" }), NOW)).toBe("active");
  expect(keyState(key({ expireTime: "2026-12-06T12:00:00Z" }), NOW)).toBe("soon");
  expect(keyState(key({ expireTime: "2026-11-29T12:00:00Z" }), NOW)).toBe("expired");
  expect(keyState(key({ expireTime: "2026-11-28T12:00:00Z", revokeTime: "2026-11-27T12:00:00Z" }), NOW)).toBe(
    "revoked",
  );
});

test("an old secret works until its end, but never longer than its key", () => {
  const previousExpireTime = "2026-11-29T13:00:00Z";
  expect(oldSecretUntil(key({ previousExpireTime }), NOW)).toBe(previousExpireTime);
  expect(oldSecretUntil(key({ previousExpireTime }), NOW + 3_600_000)).toBeUndefined();
  expect(oldSecretUntil(key({ previousExpireTime, revokeTime: "2026-11-29T11:00:00Z" }), NOW)).toBeUndefined();
});
