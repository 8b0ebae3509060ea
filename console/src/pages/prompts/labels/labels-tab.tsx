import { Lock, Tag } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Label, Prompt } from "../../../api/client";
import { useLabels } from "../../../api/labels";
import { useCan } from "../../../caller/caller";
import { useWhyNot } from "../../../caller/why-not";
import { nameFault } from "../../../prompts/label-name";
import { Badge } from "../../../ui/badge";
import { Button } from "../../../ui/button";
import { Empty, Note } from "../../../ui/notes";
import { Async, Card, Row } from "../../../ui/page";
import { TableHead } from "../../../ui/table-head";
import { Time } from "../../../ui/time";
import ui from "../../../ui/ui.module.css";
import { DeleteLabelDialog } from "./delete-label-dialog";
import { HistoryCard } from "./history-card";
import { LabelDialog } from "./label-dialog";
import styles from "./labels.module.css";

/** What is to be done with a label; without one, a new one is to be set. */
interface Task {
  what: "set" | "delete";
  label?: Label;
}

/** The labels of a prompt, and what was done with them. */
export function LabelsTab({ prompt }: { prompt: Prompt }) {
  const labels = useLabels(prompt.id);
  const can = useCan();
  const [task, setTask] = useState<Task>();
  const [history, setHistory] = useState("");
  const close = () => setTask(undefined);
  const isHeld = labels.data?.some((label) => label.protected) && !can("labels:protected");
  const why = useWhyNot("prompts:write");
  return (
    <>
      <Card
        title="Labels"
        flush
        actions={
          <Button
            small
            disabled={why !== undefined || !prompt.latestVersion}
            title={why ?? (prompt.latestVersion ? undefined : "There is no version yet.")}
            onClick={() => setTask({ what: "set" })}
          >
            <Tag size={14} aria-hidden="true" />
            Set a label
          </Button>
        }
      >
        <Async query={labels}>
          {(all) =>
            all.length === 0 ? <NoLabels /> : <LabelTable labels={all} onTask={setTask} onHistory={setHistory} />
          }
        </Async>
      </Card>
      {isHeld && why === undefined && (
        <Note kind="wait">
          <p>
            Protected labels stay as they are: to move or delete them takes a key with the scope{" "}
            <code>labels:protected</code>.
          </p>
        </Note>
      )}
      <HistoryCard
        promptId={prompt.id}
        names={(labels.data ?? []).map(({ name }) => name)}
        chosen={history}
        onChoose={setHistory}
      />
      {task?.what === "set" && <LabelDialog promptId={prompt.id} label={task.label} onClose={close} />}
      {task?.what === "delete" && task.label && <DeleteLabelDialog label={task.label} onClose={close} />}
    </>
  );
}

interface LabelTableProps {
  labels: readonly Label[];
  onTask: (task: Task) => void;
  onHistory: (name: string) => void;
}

function LabelTable({ labels, onTask, onHistory }: LabelTableProps) {
  return (
    <table className={ui.table}>
      <TableHead of={["Label", "On", ["Changed", styles.changed]]} withActions />
      <tbody>
        {labels.map((label) => (
          <LabelRow key={label.name} label={label} onTask={onTask} onHistory={onHistory} />
        ))}
      </tbody>
    </table>
  );
}

function LabelRow({ label, onTask, onHistory }: Omit<LabelTableProps, "labels"> & { label: Label }) {
  const why = useHindrance(label);
  const press = (what: Task["what"]) => () => onTask({ what, label });
  return (
    <tr>
      <td>
        <Row>
          <Badge tone="accent">{label.name}</Badge>
          {label.protected && (
            <Badge>
              <Lock size={12} aria-hidden="true" />
              protected
            </Badge>
          )}
        </Row>
      </td>
      <td>
        <Link to={`?version=${label.versionId}`}>Version {label.versionNumber}</Link>
      </td>
      <td className={styles.changed}>
        <Time at={label.updateTime} />
      </td>
      <td className={ui.number}>
        <Button small kind="quiet" disabled={why !== undefined} title={why} onClick={press("set")}>
          Move
        </Button>
        <Button small kind="quiet" onClick={() => onHistory(label.name)}>
          History
        </Button>
        <Button small kind="quiet" disabled={why !== undefined} title={why} onClick={press("delete")}>
          Delete
        </Button>
      </td>
    </tr>
  );
}

/** Give why the key may not move or delete a label; undefined: it may. */
function useHindrance(label: Label): string | undefined {
  const cannotWrite = useWhyNot("prompts:write");
  const cannotProtect = useWhyNot("labels:protected");
  if (cannotWrite) return cannotWrite;
  if (label.protected && cannotProtect) return cannotProtect;
  return nameFault(label.name);
}

function NoLabels() {
  return (
    <Empty icon={<Tag size={26} aria-hidden="true" />} title="No labels yet">
      <p>
        A label such as <code>production</code> is a name on a version. Services run the prompt by it, and you move it
        when another version is ready: none of them has to change.
      </p>
    </Empty>
  );
}
