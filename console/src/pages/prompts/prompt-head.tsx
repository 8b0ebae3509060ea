import { ListTree, Pencil, SquareTerminal, Workflow } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { fetchWithKey, type Prompt } from "../../api/client";
import { useWhyNot } from "../../caller/why-not";
import { Button, LinkButton } from "../../ui/button";
import { CopyButton } from "../../ui/copy";
import { Row } from "../../ui/page";
import { CallDialog } from "./calls/call-dialog";
import styles from "./prompt.module.css";

/** What is said of a prompt below its name. */
export function About({ prompt }: { prompt: Prompt }) {
  return (
    <>
      {prompt.description && <p className={styles.description}>{prompt.description}</p>}
      {prompt.alias && (
        <Row>
          Alias <code className={styles.alias}>{prompt.alias}</code>
        </Row>
      )}
      {prompt.latestVersion?.graph && (
        <Row>
          <Workflow size={15} aria-hidden="true" />
          <span>
            This is a flow. <Link to={`/flows/${prompt.id}`}>Open its graph</Link>
          </span>
        </Row>
      )}
    </>
  );
}

export function Actions({ prompt, onEdit }: { prompt: Prompt; onEdit: () => void }) {
  const why = useWhyNot("prompts:write");
  return (
    <>
      <LinkButton to={`/runs?prompt=${prompt.id}`}>
        <ListTree size={15} aria-hidden="true" />
        Runs of this prompt
      </LinkButton>
      <CopyButton text={prompt.id} label="Copy id" />
      <CallActions prompt={prompt} />
      <Button disabled={why !== undefined} title={why} onClick={onEdit}>
        <Pencil size={15} aria-hidden="true" />
        Edit details
      </Button>
    </>
  );
}

/** What takes a version to run. */
function CallActions({ prompt }: { prompt: Prompt }) {
  const [isShown, setShown] = useState(false);
  const latest = prompt.latestVersion;
  if (!latest) return null;
  return (
    <>
      <CopyButton text={() => getN8n(prompt.id)} label="Copy n8n node" />
      <Button onClick={() => setShown(true)}>
        <SquareTerminal size={15} aria-hidden="true" />
        Copy curl…
      </Button>
      {isShown && <CallDialog prompt={prompt} latest={latest} onClose={() => setShown(false)} />}
    </>
  );
}

/** Give the text that n8n takes from the clipboard as a node. Throws ProblemError. */
async function getN8n(promptId: string): Promise<string> {
  return (await fetchWithKey(`/v1/prompts/${encodeURIComponent(promptId)}/n8n.json`)).text();
}
