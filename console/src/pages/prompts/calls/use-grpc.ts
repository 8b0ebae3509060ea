import { useEffect, useState } from "react";

const STORED = "promptwire.grpc";

interface Grpc {
  address: string;
  tls: boolean;
}

/** Where gRPC is served: what was said here last, or else a guess. */
export function useGrpc(): Grpc & { change: (change: Partial<Grpc>) => void } {
  const [grpc, setGrpc] = useState<Grpc>(stored);
  useEffect(() => localStorage.setItem(STORED, JSON.stringify(grpc)), [grpc]);
  return { ...grpc, change: (change) => setGrpc({ ...grpc, ...change }) };
}

function stored(): Grpc {
  const guess = { address: `${location.hostname}:50051`, tls: location.protocol === "https:" };
  try {
    const { address, tls } = JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Grpc>;
    return typeof address === "string" && typeof tls === "boolean" ? { address, tls } : guess;
  } catch {
    return guess;
  }
}
