import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useCan } from "../../caller/caller";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { counted } from "../../ui/format";
import { Note, ProblemNote } from "../../ui/notes";
import { size } from "../../ui/size";
import ui from "../../ui/ui.module.css";
import type { Exported } from "./counting";
import { chooseFile, exportRuns } from "./export";
import { type Filters, isFiltered } from "./filters";

/** Saves everything that fits the filters, however much it is. */
export function ExportButton({ filters }: { filters: Filters }) {
  const can = useCan()("runs:read");
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button disabled={!can} onClick={() => setOpen(true)}>
        <Download size={15} aria-hidden="true" />
        Export
      </Button>
      {isOpen && <ExportDialog filters={filters} onClose={() => setOpen(false)} />}
    </>
  );
}

function ExportDialog({ filters, onClose }: { filters: Filters; onClose: () => void }) {
  const { soFar, isBusy, isDone, error, start } = useExport(filters);
  return (
    <Dialog title="Export runs" onClose={onClose}>
      <p>
        {isFiltered(filters) ? "Every run that fits the filters" : "Every run of the project"}, the newest first, as
        JSON Lines: a run a line, with its inputs and outputs.
      </p>
      <p className={ui.soft}>A large export takes a while, and ends when this page is left.</p>
      <div role="status">{soFar && <Told soFar={soFar} isDone={isDone} />}</div>
      {error && <ProblemNote error={error} />}
      <div className={ui.actions}>
        <Button onClick={onClose}>{isDone ? "Close" : "Cancel"}</Button>
        {!isDone && (
          <Button kind="primary" busy={isBusy} onClick={start}>
            {isBusy ? "Exporting" : "Export"}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function Told({ soFar, isDone }: { soFar: Exported; isDone: boolean }) {
  const words = `${counted(soFar.runs, "run")}, ${size(soFar.bytes)}`;
  return <Note>{isDone ? `Done: ${words}.` : `${words} so far`}</Note>;
}

/** An export, which ends with what began it. */
function useExport(filters: Filters) {
  const [soFar, setSoFar] = useState<Exported>();
  const [isBusy, setBusy] = useState(false);
  const [isDone, setDone] = useState(false);
  const [error, setError] = useState<Error>();
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  const start = async () => {
    const controller = new AbortController();
    abort.current = controller;
    const name = `runs-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.jsonl`;
    setError(undefined);
    try {
      const file = await chooseFile(name);
      setBusy(true);
      setSoFar({ bytes: 0, runs: 0 });
      await exportRuns(filters, name, file, setSoFar, controller.signal);
      setDone(true);
    } catch (raised) {
      const isLeft = raised instanceof DOMException && raised.name === "AbortError";
      if (!isLeft) setError(raised instanceof Error ? raised : new Error(String(raised)));
    } finally {
      setBusy(false);
    }
  };

  return { soFar, isBusy, isDone, error, start };
}
