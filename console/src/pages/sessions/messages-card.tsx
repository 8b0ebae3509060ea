import { Plus } from "lucide-react";
import { useRef } from "react";
import { Button } from "../../ui/button";
import { Card } from "../../ui/page";
import { useNextFocus } from "../../ui/use-next-focus";
import { newKey } from "./draft";
import type { EditorProps } from "./editor-props";
import { moved, replaced, without } from "./lists";
import type { MessageDraft } from "./message-draft";
import { MessageItem } from "./message-item";
import styles from "./session.module.css";

export function MessagesCard({ draft, change, faultOf }: EditorProps) {
  const { messages } = draft;
  const list = useRef<HTMLOListElement>(null);
  const adder = useRef<HTMLDivElement>(null);
  const focusNext = useNextFocus();
  const set = (next: MessageDraft[]) => change({ messages: next });
  const add = () => {
    set([...messages, { key: newKey(), as: "text", role: nextRole(messages), content: "", others: {} }]);
    focusNext(() => list.current?.lastElementChild?.querySelector("textarea"));
  };
  const move = (index: number, step: 1 | -1) => {
    set(moved(messages, index, step));
    focusNext(() => findMover(list.current?.children[index + step], step));
  };
  return (
    <Card title="Messages" flush>
      {messages.length === 0 && (
        <p className={styles.none}>
          What the model is told. Write <code>{"{name}"}</code> where each run puts a value of its own.
        </p>
      )}
      <ol ref={list} className={styles.items}>
        {messages.map((message, index) => (
          <MessageItem
            key={message.key}
            message={message}
            number={index + 1}
            isLast={index === messages.length - 1}
            fault={faultOf("messages", message.key)}
            onChange={(next) => set(replaced(messages, next))}
            onMove={(step) => move(index, step)}
            onDelete={() => {
              set(without(messages, message.key));
              focusNext(() => adder.current?.querySelector("button"));
            }}
          />
        ))}
      </ol>
      <div ref={adder} className={styles.foot}>
        <Button small onClick={add}>
          <Plus size={15} aria-hidden="true" />
          Add a message
        </Button>
      </div>
    </Card>
  );
}

function nextRole(messages: readonly MessageDraft[]): string {
  const last = messages.at(-1);
  if (!last) return "system";
  return last.as === "text" && last.role === "user" ? "assistant" : "user";
}

/** Find the button that moves an item on, or the other one where it is at an end. */
function findMover(item: Element | undefined, step: 1 | -1) {
  return item?.querySelector(`[data-move="${step}"]:enabled`) ?? item?.querySelector("[data-move]:enabled");
}
