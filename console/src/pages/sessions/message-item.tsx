import { ArrowDown, ArrowUp, Braces, Pilcrow, Trash2 } from "lucide-react";
import { IconButton } from "../../ui/button";
import { SelectField, TextArea } from "../../ui/field";
import { isolate } from "../../ui/isolate";
import { JsonField, lines } from "../../ui/json-field";
import ui from "../../ui/ui.module.css";
import { type ChatDraft, type MessageDraft, ROLES, turned } from "./message-draft";
import styles from "./session.module.css";

interface MessageItemProps {
  message: MessageDraft;
  /** Counted from 1, for people. */
  number: number;
  isLast: boolean;
  fault?: string;
  onChange: (message: MessageDraft) => void;
  onMove: (step: 1 | -1) => void;
  onDelete: () => void;
}

export function MessageItem({ message, number, isLast, fault, onChange, onMove, onDelete }: MessageItemProps) {
  const other = turned(message);
  return (
    <li className={styles.message}>
      <div className={styles.messageHead}>
        {message.as === "text" ? (
          <RoleField message={message} number={number} onChange={onChange} />
        ) : (
          <span className={ui.hint}>Message {number} as JSON</span>
        )}
        <div className={styles.tools}>
          <IconButton
            label={message.as === "text" ? `Edit message ${number} as JSON` : `Edit message ${number} as text`}
            kind="quiet"
            small
            disabled={other === message}
            onClick={() => onChange(other)}
          >
            {message.as === "text" ? <Braces size={15} /> : <Pilcrow size={15} />}
          </IconButton>
          <IconButton
            label={`Move message ${number} up`}
            data-move={-1}
            kind="quiet"
            small
            disabled={number === 1}
            onClick={() => onMove(-1)}
          >
            <ArrowUp size={15} />
          </IconButton>
          <IconButton
            label={`Move message ${number} down`}
            data-move={1}
            kind="quiet"
            small
            disabled={isLast}
            onClick={() => onMove(1)}
          >
            <ArrowDown size={15} />
          </IconButton>
          <IconButton label={`Delete message ${number}`} kind="quiet" small onClick={onDelete}>
            <Trash2 size={15} />
          </IconButton>
        </div>
      </div>
      <Content message={message} number={number} fault={fault} onChange={onChange} />
    </li>
  );
}

interface RoleFieldProps {
  message: ChatDraft;
  number: number;
  onChange: (message: MessageDraft) => void;
}

function RoleField({ message, number, onChange }: RoleFieldProps) {
  const roles = [...new Set([...ROLES, message.role])];
  return (
    <SelectField
      label={`Role of message ${number}`}
      hideLabel
      className={styles.role}
      value={message.role}
      onChange={(event) => onChange({ ...message, role: event.target.value })}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </SelectField>
  );
}

function Content({ message, number, fault, onChange }: Omit<MessageItemProps, "isLast" | "onMove" | "onDelete">) {
  if (message.as === "json") {
    return (
      <JsonField
        label={`Message ${number} as JSON`}
        hideLabel
        value={message.json}
        fault={fault}
        onChange={(json) => onChange({ ...message, json })}
      />
    );
  }
  const others = Object.keys(message.others);
  return (
    <TextArea
      label={`Content of message ${number}`}
      hideLabel
      mono
      className={styles.content}
      rows={lines(message.content)}
      value={message.content}
      fault={fault}
      hint={others.length > 0 && `It also has ${others.map(isolate).join(", ")}: edit it as JSON to change that.`}
      onChange={(event) => onChange({ ...message, content: event.target.value })}
    />
  );
}
