import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { type Caller, setSecret as callWith, ProblemError, whoAmI, setProject as workIn } from "../api/client";
import { errorOf } from "../api/error-of";
import { forgetUnsaved } from "../prompts/unsaved";

// The tab's own: gone when it is closed, and in no cookie or URL.
const STORED = "promptwire.key";
const STORED_PROJECT = "promptwire.project";

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
  /** Has an operator work in another project; empty: in the key's own. Throws ProblemError. */
  enter: (project: string) => Promise<void>;
}

const Context = createContext<SignedIn | undefined>(undefined);

export function CallerProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [caller, setCaller] = useState<Caller>();
  const [notice, setNotice] = useState<string>();
  const last = useRef<string>(undefined);
  // The project that an operator works in; empty: the key's own.
  const project = useRef("");
  const [isOpening, setOpening] = useState(() => sessionStorage.getItem(STORED) !== null);

  const work = useCallback((name: string) => {
    project.current = name;
    workIn(name);
    if (name) sessionStorage.setItem(STORED_PROJECT, name);
    else sessionStorage.removeItem(STORED_PROJECT);
  }, []);

  const signOut = useCallback(() => {
    sessionStorage.removeItem(STORED);
    work("");
    callWith("", () => {});
    setCaller(undefined);
    queries.clear();
  }, [queries, work]);

  const signIn = useCallback(
    async (secret: string) => {
      callWith(secret, () => {});
      const found = await whoAmI(project.current);
      work(project.current);
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
    [signOut, work],
  );

  const refresh = useCallback(async () => setCaller(await whoAmI(project.current)), []);

  const enter = useCallback(
    async (name: string) => {
      const found = await whoAmI(name);
      work(found.project === found.key?.project ? "" : found.project);
      setCaller(found);
      queries.clear();
    },
    [queries, work],
  );

  useEffect(() => {
    const stored = sessionStorage.getItem(STORED);
    if (stored === null) return;
    project.current = sessionStorage.getItem(STORED_PROJECT) ?? "";
    signIn(stored)
      .catch((error: unknown) => {
        // Who signs in by hand begins in the key's own.
        project.current = "";
        if (error instanceof ProblemError && error.status === 401) signOut();
        setNotice(errorOf(error).message);
      })
      .finally(() => setOpening(false));
  }, [signIn, signOut]);

  const value = useMemo(
    () => ({ caller, isOpening, notice, signIn, signOut, refresh, enter }),
    [caller, isOpening, notice, signIn, signOut, refresh, enter],
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
