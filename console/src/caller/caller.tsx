import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { api, type Caller, setSecret as callWith, ProblemError, take } from "../api/client";
import { errorOf } from "../api/error-of";
import { forgetUnsaved } from "../prompts/unsaved";

// The tab's own: gone when it is closed, and in no cookie or URL.
const STORED = "promptwire.key";

interface SignedIn {
  /** Whom the key stands for. Absent: nobody has signed in. */
  caller?: Caller;
  /** Whether a stored key is being looked at. */
  isOpening: boolean;
  /** Why it was signed out by itself. */
  notice?: string;
  signIn: (secret: string) => Promise<void>;
  signOut: () => void;
  /** Looks again at what the key may do. */
  refresh: () => Promise<void>;
}

const Context = createContext<SignedIn | undefined>(undefined);

export function CallerProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [caller, setCaller] = useState<Caller>();
  const [notice, setNotice] = useState<string>();
  const last = useRef<string>(undefined);
  const [isOpening, setOpening] = useState(() => sessionStorage.getItem(STORED) !== null);

  const signOut = useCallback(() => {
    sessionStorage.removeItem(STORED);
    callWith("", () => {});
    setCaller(undefined);
    queries.clear();
  }, [queries]);

  const signIn = useCallback(
    async (secret: string) => {
      callWith(secret, () => {});
      const found = await take(api.GET("/api/me"));
      if (last.current !== found.key?.id) forgetUnsaved();
      last.current = found.key?.id;
      sessionStorage.setItem(STORED, secret);
      callWith(secret, () => {
        signOut();
        setNotice("Your key no longer works: it was revoked or has expired. Sign in with another one.");
      });
      setNotice(undefined);
      setCaller(found);
    },
    [signOut],
  );

  const refresh = useCallback(async () => setCaller(await take(api.GET("/api/me"))), []);

  useEffect(() => {
    const stored = sessionStorage.getItem(STORED);
    if (stored === null) return;
    signIn(stored)
      .catch((error: unknown) => {
        if (error instanceof ProblemError && error.status === 401) signOut();
        setNotice(errorOf(error).message);
      })
      .finally(() => setOpening(false));
  }, [signIn, signOut]);

  const value = useMemo(
    () => ({ caller, isOpening, notice, signIn, signOut, refresh }),
    [caller, isOpening, notice, signIn, signOut, refresh],
  );
  return <Context value={value}>{children}</Context>;
}

export function useCaller(): SignedIn {
  const signedIn = useContext(Context);
  if (!signedIn) throw new Error("there is no CallerProvider around this");
  return signedIn;
}

/** Give whether the key may do what takes this scope. */
export function useCan(): (scope: string) => boolean {
  const scopes = useCaller().caller?.key?.scopes;
  return useCallback((scope) => scopes?.includes(scope) ?? false, [scopes]);
}
