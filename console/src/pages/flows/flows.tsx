import { Plus, Upload, Workflow } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api, type Prompt, take } from "../../api/client";
import { useFolders } from "../../api/folders";
import { usePages } from "../../api/pages";
import { useCan } from "../../caller/caller";
import { ReadOnlyNote, ScopeNote } from "../../caller/scope-note";
import { useWhyNot } from "../../caller/why-not";
import { Button } from "../../ui/button";
import { More } from "../../ui/more";
import { Empty } from "../../ui/notes";
import { Async, Card, Page } from "../../ui/page";
import { TableHead } from "../../ui/table-head";
import { Time } from "../../ui/time";
import ui from "../../ui/ui.module.css";
import { CreateDialog } from "./create-dialog";
import styles from "./flows.module.css";
import { ImportDialog } from "./import-dialog";

type Open = "create" | "import";

/** The flows of the project: prompts whose latest version holds a graph. */
export default function Flows() {
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  return (
    <Page
      title="Flows"
      about="Graphs of prompts that feed each other, run in one go."
      actions={<Buttons onOpen={setOpen} />}
    >
      {useCan()("prompts:read") ? (
        <>
          <ReadOnlyNote />
          <List onOpen={setOpen} />
        </>
      ) : (
        <ScopeNote scope="prompts:read">To see flows</ScopeNote>
      )}
      {open === "create" && <CreateDialog onClose={close} />}
      {open === "import" && <ImportDialog onClose={close} />}
    </Page>
  );
}

function List({ onOpen }: { onOpen: (open: Open) => void }) {
  const list = usePages(["prompts", "flows"], async (pageToken) => {
    const page = await take(api.GET("/api/prompts", { params: { query: { flow: true, pageToken } } }));
    return { items: page.prompts, nextPageToken: page.nextPageToken };
  });
  return (
    <>
      <Async query={{ ...list, data: list.items }} what="Loading the flows">
        {(flows) => (flows.length ? <Table flows={flows} /> : <NoFlows onOpen={onOpen} />)}
      </Async>
      <More list={list} />
      {list.items && list.items.length > 0 && (
        <p className={ui.hint}>
          A flow that was never committed is not listed: it is among the <Link to="/prompts">prompts</Link>, the newest
          first, and its drafts are with it.
        </p>
      )}
    </>
  );
}

function Buttons({ onOpen }: { onOpen: (open: Open) => void }) {
  const why = useWhyNot("prompts:write");
  return (
    <>
      <Button disabled={why !== undefined} title={why} onClick={() => onOpen("import")}>
        <Upload size={15} aria-hidden="true" />
        Import
      </Button>
      <Button kind="primary" disabled={why !== undefined} title={why} onClick={() => onOpen("create")}>
        <Plus size={15} aria-hidden="true" />
        New flow
      </Button>
    </>
  );
}

function NoFlows({ onOpen }: { onOpen: (open: Open) => void }) {
  return (
    <Card>
      <Empty icon={<Workflow size={28} aria-hidden="true" />} title="No flows yet">
        <p>
          A flow takes variables, asks models one after the other or side by side, and gives outputs. Begin with a small
          one, or import a graph that you have. A new flow opens as a draft; it is listed here once its first version is
          committed. Until then it is among the <Link to="/prompts">prompts</Link>, and its drafts are with it.
        </p>
        <div className={ui.row}>
          <Buttons onOpen={onOpen} />
        </div>
      </Empty>
    </Card>
  );
}

function Table({ flows }: { flows: readonly Prompt[] }) {
  const folders = new Map(useFolders().data?.map(({ id, name }) => [id, name]));
  return (
    <Card flush label="Flows">
      <table className={ui.table}>
        <TableHead of={["Name", ["Alias", styles.wide], ["Folder", styles.wide], "Changed"]} />
        <tbody>
          {flows.map((flow) => (
            <tr key={flow.id}>
              <td className={styles.name}>
                <Link to={`/flows/${flow.id}`}>{flow.name}</Link>
                {flow.description && <p>{flow.description}</p>}
              </td>
              <td className={styles.wide}>{flow.alias && <code>{flow.alias}</code>}</td>
              <td className={styles.wide}>{folders.get(flow.folderId)}</td>
              <td className={styles.time}>
                <Time at={flow.updateTime} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
