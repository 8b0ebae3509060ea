import { FileText, Workflow } from "lucide-react";
import { Link } from "react-router";
import type { Folder } from "../../../api/client";
import type { Listed } from "../../../api/prompts";
import { Time } from "../../../ui/time";
import ui from "../../../ui/ui.module.css";
import styles from "./prompts.module.css";

interface PromptTableProps {
  prompts: readonly Listed[];
  /** Absent: all prompts are in one folder, which need not be told. */
  folders?: readonly Folder[];
}

export function PromptTable({ prompts, folders }: PromptTableProps) {
  const names = new Map(folders?.map(({ id, name }) => [id, name]));
  return (
    <table className={`${ui.table} ${styles.prompts}`}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" className={styles.alias}>
            Alias
          </th>
          {folders && (
            <th scope="col" className={styles.folder}>
              Folder
            </th>
          )}
          <th scope="col" className={styles.when}>
            Changed
          </th>
        </tr>
      </thead>
      <tbody>
        {prompts.map((prompt) => (
          <tr key={prompt.id}>
            <td>
              <Name prompt={prompt} />
            </td>
            <td className={styles.alias}>{prompt.alias && <code>{prompt.alias}</code>}</td>
            {folders && <td className={styles.folder}>{names.get(prompt.folderId)}</td>}
            <td className={styles.when}>
              <Time at={prompt.updateTime} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Name({ prompt }: { prompt: Listed }) {
  const Icon = prompt.isFlow ? Workflow : FileText;
  return (
    <div className={styles.name}>
      <Icon size={16} role="img" aria-label={prompt.isFlow ? "Flow" : "Prompt"} />
      <div>
        <Link to={prompt.isFlow ? `/flows/${prompt.id}` : `/prompts/${prompt.id}`}>{prompt.name}</Link>
        {prompt.description && <p className={styles.description}>{prompt.description}</p>}
      </div>
    </div>
  );
}
