import { useMutation } from "@tanstack/react-query";
import { Eye, EyeOff, KeyRound } from "lucide-react";
import { useEffect, useState } from "react";
import { BASE } from "../../api/client";
import { useCaller } from "../../caller/caller";
import icon from "../../icon.svg";
import { Button, IconButton } from "../../ui/button";
import { TextField } from "../../ui/field";
import { Note, ProblemNote } from "../../ui/notes";
import styles from "./sign-in.module.css";

export function SignInPage() {
  const { signIn, notice } = useCaller();
  const [secret, setSecret] = useState("");
  const [isShown, setShown] = useState(false);
  const signing = useMutation({ mutationFn: signIn });
  useEffect(() => {
    document.title = "Sign in · Promptwire";
  }, []);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <img src={icon} alt="" width="40" height="40" />
        <h1>Sign in to Promptwire</h1>
        <p className={styles.about}>
          Use a key of this server. What you can see and do here is what the key may do; it stays in this tab and is
          forgotten when you close it.
        </p>
        {notice && !signing.error && <Note kind="wait">{notice}</Note>}
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            signing.mutate(secret.trim());
          }}
        >
          <div className={styles.secret}>
            <TextField
              label="Key"
              mono
              type={isShown ? "text" : "password"}
              autoComplete="off"
              spellCheck={false}
              placeholder="pw_…"
              value={secret}
              autoFocus
              onChange={(event) => setSecret(event.target.value)}
            />
            <IconButton label={isShown ? "Hide the key" : "Show the key"} onClick={() => setShown(!isShown)}>
              {isShown ? <EyeOff size={16} /> : <Eye size={16} />}
            </IconButton>
          </div>
          {signing.error && <ProblemNote error={signing.error} />}
          <Button type="submit" kind="primary" busy={signing.isPending} disabled={!secret.trim()}>
            <KeyRound size={16} aria-hidden="true" />
            Sign in
          </Button>
        </form>
        <details className={styles.help}>
          <summary>Where do I find a key?</summary>
          <p>
            The first start wrote an admin key to <code>quickstart.json</code> in the server's data directory, and
            printed it. An administrator makes others on the page Keys, or with <code>promptwire key create</code>.
          </p>
        </details>
        <p className={styles.about}>
          <a href={`${BASE}/docs`}>API documentation</a>
        </p>
      </div>
    </main>
  );
}
