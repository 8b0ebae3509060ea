import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { api, take } from "../../api/client";
import { usePages } from "../../api/pages";
import { useCan } from "../../caller/caller";
import { ScopeNote } from "../../caller/scope-note";
import { Button } from "../../ui/button";
import { More } from "../../ui/more";
import { Empty } from "../../ui/notes";
import { Async, Card, Page } from "../../ui/page";
import { type Action, ActionDialog } from "./action-dialog";
import { KeysTable } from "./keys-table";
import { OwnerFilter } from "./owner-filter";

export default function KeysPage() {
  const can = useCan();
  const [params, setParams] = useSearchParams();
  const owner = params.get("owner") ?? "";
  const [action, setAction] = useState<Action>();
  return (
    <Page
      title="Keys"
      about="Whoever calls the server shows a key. Its scopes say what it may do, its limits how much."
      actions={
        <Button kind="primary" disabled={!can("keys:write")} onClick={() => setAction({ name: "create" })}>
          <Plus size={16} aria-hidden="true" />
          Create a key
        </Button>
      }
    >
      <ScopeNote scope="keys:write">To create and change keys</ScopeNote>
      {can("keys:read") ? (
        <>
          <OwnerFilter owner={owner} onChange={(given) => setParams(given ? { owner: given } : {})} />
          <KeyList owner={owner} onAction={setAction} />
        </>
      ) : (
        <ScopeNote scope="keys:read">To see the keys of the project</ScopeNote>
      )}
      {action && <ActionDialog action={action} onClose={() => setAction(undefined)} />}
    </Page>
  );
}

function KeyList({ owner, onAction }: { owner: string; onAction: (action: Action) => void }) {
  const list = usePages(["keys", { owner }], async (pageToken) => {
    const { keys, nextPageToken } = await take(api.GET("/api/keys", { params: { query: { owner, pageToken } } }));
    return { items: keys, nextPageToken };
  });
  return (
    <Async query={{ ...list, data: list.items }} what="Loading keys">
      {(keys) =>
        keys.length === 0 ? (
          <Card label="Keys">
            <Empty icon={<KeyRound size={28} aria-hidden="true" />} title="No keys of this owner">
              <p>The owner is what was typed when a key was created, letter by letter.</p>
            </Empty>
          </Card>
        ) : (
          <>
            <Card label="Keys" flush>
              <KeysTable keys={keys} onAction={onAction} />
            </Card>
            <More list={list} />
          </>
        )
      }
    </Async>
  );
}
