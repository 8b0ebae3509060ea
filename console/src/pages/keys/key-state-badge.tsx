import type { Key } from "../../api/client";
import { Badge, type Tone } from "../../ui/badge";
import { Time } from "../../ui/time";
import ui from "../../ui/ui.module.css";
import { type KeyState, keyState, oldSecretUntil } from "./key-state";

const WORDS: Record<KeyState, [string, Tone | undefined]> = {
  active: ["Active", "good"],
  soon: ["Expires soon", "wait"],
  expired: ["Expired", "bad"],
  revoked: ["Revoked", undefined],
};

/** Where a key is now, and whether a secret that it had before still works. */
export function KeyStateBadge({ of }: { of: Key }) {
  const now = Date.now();
  const [word, tone] = WORDS[keyState(of, now)];
  const until = oldSecretUntil(of, now);
  return (
    <>
      <Badge tone={tone} dot>
        {word}
      </Badge>
      {of.revokeTime && (
        <div className={ui.hint}>
          <Time at={of.revokeTime} />
        </div>
      )}
      {until && (
        <div className={ui.hint}>
          Old secret ends <Time at={until} />
        </div>
      )}
    </>
  );
}
