import type { Variable } from "../../../api/client";
import { parted } from "../../../prompts/holes";
import { type Part, readMessage } from "../../../prompts/message";
import { printSorted } from "../../../ui/json";
import { Note } from "../../../ui/notes";
import styles from "./versions.module.css";

interface MessagesProps {
  messages: readonly unknown[];
  variables: readonly Variable[];
}

/** Messages with their holes marked; those that are no chat messages as JSON. */
export function Messages({ messages, variables }: MessagesProps) {
  const names = new Set(variables.map(({ name }) => name));
  if (messages.length === 0) {
    return (
      <Note kind="wait">
        <p>There are no messages, so this version cannot be run.</p>
      </Note>
    );
  }
  return (
    <ol className={styles.messages}>
      {messages.map((message, index) => {
        const read = readMessage(message);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages of a version never change places
          <li key={index} className={styles.chat}>
            <span className={styles.role}>{read?.role ?? "no chat message"}</span>
            <div className={styles.said}>
              {(read?.parts ?? [{ json: message }]).map((part, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: nor do their parts
                <Said key={at} part={part} names={names} />
              ))}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function Said({ part, names }: { part: Part; names: ReadonlySet<string> }) {
  if ("json" in part) return <pre>{printSorted(part.json)}</pre>;
  return (
    <p>
      {parted(part.text, names).map(({ text, hole }, index) =>
        hole === undefined ? (
          text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: nor do their holes
          <mark key={index} className={styles.hole} title={`Variable ${hole}`}>
            {text}
          </mark>
        ),
      )}
    </p>
  );
}
