import { type ComponentType, lazy, Suspense } from "react";
import { Navigate, Route, Routes } from "react-router";
import { useCaller } from "./caller/caller";
import { MissingPage } from "./pages/missing";
import { SignInPage } from "./pages/sign-in/sign-in";
import { Shell } from "./shell/shell";
import { Loading } from "./ui/notes";

// Each page comes when it is first looked at.
const page = (load: () => Promise<{ default: ComponentType }>) => lazy(load);
const Prompts = page(() => import("./pages/prompts/prompts"));
const PromptPage = page(() => import("./pages/prompts/prompt"));
const SessionPage = page(() => import("./pages/sessions/session"));
const Playground = page(() => import("./pages/playground/playground"));
const Flows = page(() => import("./pages/flows/flows"));
const FlowPage = page(() => import("./pages/flows/flow"));
const Runs = page(() => import("./pages/runs/runs"));
const RunPage = page(() => import("./pages/runs/run"));
const UsagePage = page(() => import("./pages/usage/usage"));
const Webhooks = page(() => import("./pages/webhooks/webhooks"));
const DeliveryPage = page(() => import("./pages/webhooks/delivery"));
const Keys = page(() => import("./pages/keys/keys"));

export function App() {
  const { caller, isOpening } = useCaller();
  if (isOpening) return <Loading what="Signing in" />;
  if (!caller) return <SignInPage />;
  return (
    // Nothing that is shown of one project stays in another.
    <Shell key={caller.project}>
      <Suspense fallback={<Loading />}>
        <Routes>
          <Route path="/" element={<Navigate to="/prompts" replace />} />
          <Route path="/prompts" element={<Prompts />} />
          <Route path="/prompts/:id" element={<PromptPage />} />
          <Route path="/sessions/:id" element={<SessionPage />} />
          <Route path="/playground" element={<Playground />} />
          <Route path="/flows" element={<Flows />} />
          <Route path="/flows/:id" element={<FlowPage />} />
          <Route path="/runs" element={<Runs />} />
          <Route path="/runs/:id" element={<RunPage />} />
          <Route path="/usage" element={<UsagePage />} />
          <Route path="/webhooks" element={<Webhooks />} />
          <Route path="/webhooks/:id" element={<DeliveryPage />} />
          <Route path="/keys" element={<Keys />} />
          <Route path="*" element={<MissingPage />} />
        </Routes>
      </Suspense>
    </Shell>
  );
}
