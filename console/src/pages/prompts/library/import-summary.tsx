import { Link } from "react-router";
import { counted } from "../../../ui/format";
import { isolate } from "../../../ui/isolate";
import { Facts } from "../../../ui/page";
import { Scroll } from "../../../ui/scroll";
import ui from "../../../ui/ui.module.css";
import type { Imported } from "./document";
import styles from "./prompts.module.css";

type ImportedPrompt = Imported["prompts"][number];

/** What an import did, in all and to each prompt. */
export function ImportSummary({ done }: { done: Imported }) {
  const sum = (of: (prompt: ImportedPrompt) => number) => done.prompts.reduce((total, prompt) => total + of(prompt), 0);
  return (
    <>
      <Facts
        of={[
          ["Folders", `${done.createdFolders} made, ${done.updatedFolders} changed`],
          ["Prompts", `${sum((it) => Number(it.created))} made, ${sum((it) => Number(it.updated))} changed`],
          [
            "Versions",
            `${sum((it) => it.createdVersions.length)} made, ${sum((it) => Number(it.foundVersions))} there already`,
          ],
          [
            "Labels",
            `${sum((it) => it.setLabels.length)} set, ${sum((it) => it.keptLabels.length)} left where they were`,
          ],
        ]}
      />
      {done.prompts.length > 0 && (
        <Scroll label="Prompts of the file" className={styles.imported}>
          <ul>
            {done.prompts.map((prompt) => (
              <li key={prompt.id}>
                <bdi>
                  <Link to={`/prompts/${prompt.id}`}>{prompt.name}</Link>
                </bdi>{" "}
                <span className={ui.soft}>{tell(prompt)}</span>
              </li>
            ))}
          </ul>
        </Scroll>
      )}
    </>
  );
}

function tell(prompt: ImportedPrompt): string {
  const said = [
    prompt.created && "made",
    prompt.updated && "changed",
    prompt.createdVersions.length > 0 && `${counted(prompt.createdVersions.length, "version")} made`,
    prompt.setLabels.length > 0 && `set ${prompt.setLabels.map(isolate).join(", ")}`,
    prompt.keptLabels.length > 0 && `left ${prompt.keptLabels.map(isolate).join(", ")}`,
  ];
  return said.filter(Boolean).join(" · ") || "as it was";
}
