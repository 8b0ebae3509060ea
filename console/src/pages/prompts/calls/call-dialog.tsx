import { useState } from "react";
import { BASE, type Prompt, type Version } from "../../../api/client";
import { useLabels } from "../../../api/labels";
import { useVersion } from "../../../api/versions";
import { Code, CopyButton } from "../../../ui/copy";
import { Dialog } from "../../../ui/dialog";
import { CheckField, SelectField, TextField } from "../../../ui/field";
import { isolate } from "../../../ui/isolate";
import { Async } from "../../../ui/page";
import { Tabs } from "../../../ui/tabs";
import ui from "../../../ui/ui.module.css";
import styles from "./calls.module.css";
import { useGrpc } from "./use-grpc";
import { type Called, listWires, scopeOf } from "./wires";

interface CallDialogProps {
  prompt: Prompt;
  latest: Version;
  onClose: () => void;
}

/** Shows how to run the prompt from a shell, over each wire. */
export function CallDialog({ prompt, latest, onClose }: CallDialogProps) {
  const labels = useLabels(prompt.id);
  const [label, setLabel] = useState("");
  const versionId = labels.data?.find(({ name }) => name === label)?.versionId ?? latest.id;
  const version = useVersion(versionId, versionId === latest.id ? latest : undefined);
  return (
    <Dialog title={`Call “${isolate(prompt.name)}” from a shell`} wide onClose={onClose}>
      {labels.data && labels.data.length > 0 && (
        <SelectField label="Runs" value={label} onChange={(event) => setLabel(event.target.value)}>
          <option value="">The latest version, now {latest.number}</option>
          {labels.data.map(({ name, versionNumber }) => (
            <option key={name} value={name}>
              What “{isolate(name)}” is on, now version {versionNumber}
            </option>
          ))}
        </SelectField>
      )}
      <Async query={version}>
        {(found) => <Lines promptId={prompt.id} version={found} label={label || undefined} />}
      </Async>
    </Dialog>
  );
}

function Lines({ promptId, version, label }: { promptId: string; version: Version; label?: string }) {
  const grpc = useGrpc();
  const [chosen, setChosen] = useState("rest");
  const called: Called = { base: BASE, grpc: grpc.address, tls: grpc.tls, promptId, version, label };
  const wires = listWires(called);
  const wire = wires.find(({ id }) => id === chosen) ?? wires[0];
  if (!wire) return null;
  const line = wire.line(called);
  return (
    <Tabs label="Wires" tabs={wires.map(({ id, name }) => [id, name])} chosen={wire.id} onChoose={setChosen}>
      <p>{wire.about}</p>
      {(wire.id === "grpcurl" || wire.id === "buf") && (
        <div className={styles.grpc}>
          <TextField
            label="gRPC address"
            hint="Where the gRPC server listens, which this page cannot know; 50051 is its usual port."
            mono
            spellCheck={false}
            value={grpc.address}
            onChange={(event) => grpc.change({ address: event.target.value.trim() })}
          />
          <CheckField label="TLS" checked={grpc.tls} onChange={(event) => grpc.change({ tls: event.target.checked })} />
        </div>
      )}
      <Code label="command" text={line} />
      <div className={styles.foot}>
        <p className={ui.soft}>
          For sh, bash and zsh. Put a key with the scope <code>{scopeOf(wire.id)}</code> into the shell first:{" "}
          <code>export PROMPTWIRE_KEY=pw_…</code>
        </p>
        <CopyButton key={line} kind="primary" text={line} label="Copy the command" />
      </div>
    </Tabs>
  );
}
