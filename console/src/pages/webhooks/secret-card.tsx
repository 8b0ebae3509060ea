import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, take } from "../../api/client";
import { useCan } from "../../caller/caller";
import { Button } from "../../ui/button";
import { Code } from "../../ui/copy";
import { ProblemNote } from "../../ui/notes";
import { Card } from "../../ui/page";
import { Time } from "../../ui/time";
import { RotateDialog } from "./rotate-dialog";
import styles from "./webhooks.module.css";

/** The secrets that webhooks are signed with, as the server gives them. */
export interface Secrets {
  secret: string;
  previousSecret: string;
  previousExpireTime?: string;
}

/** How receivers know that a delivery is genuine. The secret is asked for when it shall be seen, and kept nowhere. */
export function SecretCard() {
  const can = useCan();
  const [secrets, setSecrets] = useState<Secrets>();
  const [isRotating, setRotating] = useState(false);
  const showing = useMutation({
    mutationFn: () => take(api.GET("/api/webhooks/secret")),
    // Nothing keeps the secret but this card.
    gcTime: 0,
    onSuccess: setSecrets,
  });
  const hide = () => {
    setSecrets(undefined);
    showing.reset();
  };
  return (
    <Card
      title="Signing secret"
      actions={
        <>
          {secrets ? (
            <Button onClick={hide}>Hide</Button>
          ) : (
            <Button busy={showing.isPending} onClick={() => showing.mutate()}>
              Show
            </Button>
          )}
          <Button disabled={!can("webhooks:write")} onClick={() => setRotating(true)}>
            Rotate
          </Button>
        </>
      }
    >
      <p className={styles.prose}>
        Each delivery is signed as Standard Webhooks says: give a library of it this secret, the body as it came, and
        the headers <code>webhook-id</code>, <code>webhook-timestamp</code> and <code>webhook-signature</code>, and
        trust only what it verifies.
      </p>
      {showing.error && <ProblemNote error={showing.error} />}
      {secrets && <Shown secrets={secrets} />}
      {isRotating && <RotateDialog onClose={() => setRotating(false)} onRotated={setSecrets} />}
    </Card>
  );
}

function Shown({ secrets }: { secrets: Secrets }) {
  return (
    <>
      <Code text={secrets.secret} label="secret" />
      {secrets.previousSecret && (
        <>
          <p className={styles.prose}>
            The one before signs as well. It ends <Time at={secrets.previousExpireTime} />
          </p>
          <Code text={secrets.previousSecret} label="previous secret" />
        </>
      )}
    </>
  );
}
