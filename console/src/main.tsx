import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createHashRouter, RouterProvider } from "react-router";
import { ProblemError } from "./api/client";
import { App } from "./app";
import { CallerProvider } from "./caller/caller";
import { BrokenPage } from "./pages/broken";
import "./styles/base.css";
import { ToastProvider } from "./ui/toast";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refuses, it refuses again; what did not reach it may pass.
      retry: (count, error) => count < 2 && !(error instanceof ProblemError && error.status < 500),
      staleTime: 5_000,
    },
  },
});

// One route, with the pages in it: what asks before a page is left takes a router of this kind.
const router = createHashRouter([{ path: "*", element: <App />, errorElement: <BrokenPage /> }]);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <ToastProvider>
          <CallerProvider>
            <RouterProvider router={router} />
          </CallerProvider>
        </ToastProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
