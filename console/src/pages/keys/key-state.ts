import type { Key } from "../../api/client";

const SOON_MS = 7 * 86_400_000;

export type KeyState = "active" | "soon" | "expired" | "revoked";

/** Where a key is at a moment. */
export function keyState(key: Key, now: number): KeyState {
  if (key.revokeTime) return "revoked";
  if (!key.expireTime) return "active";
  const left = Date.parse(key.expireTime) - now;
  if (left <= 0) return "expired";
  return left <= SOON_MS ? "soon" : "active";
}

/** Until when the secret before the present one works; undefined when it does not. */
export function oldSecretUntil(key: Key, now: number): string | undefined {
  const until = key.previousExpireTime;
  const works = until !== undefined && Date.parse(until) > now && ["active", "soon"].includes(keyState(key, now));
  return works ? until : undefined;
}
