import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import { Badge } from "../../ui/badge";
import { Button } from "../../ui/button";
import { Card } from "../../ui/page";
import ui from "../../ui/ui.module.css";
import { useNextFocus } from "../../ui/use-next-focus";
import { listUndeclared, listUnused, newKey, newVariable, type VariableDraft } from "./draft";
import type { EditorProps } from "./editor-props";
import { replaced, without } from "./lists";
import styles from "./session.module.css";
import { VariableItem } from "./variable-item";

export function VariablesCard({ draft, change, faultOf }: EditorProps) {
  const { variables } = draft;
  const list = useRef<HTMLUListElement>(null);
  // The one that was just added is open, to be filled in.
  const [added, setAdded] = useState<number>();
  const adder = useRef<HTMLDivElement>(null);
  const focusNext = useNextFocus();
  const unused = listUnused(draft);
  const set = (next: VariableDraft[]) => change({ variables: next });
  const add = (name: string) => {
    const key = newKey();
    set([...variables, { ...newVariable(name), key }]);
    setAdded(key);
    focusNext(() => list.current?.querySelector(`[data-key="${key}"] input`));
  };
  return (
    <Card title="Variables" flush>
      <ul ref={list} className={styles.items}>
        {variables.map((variable) => (
          <VariableItem
            key={variable.key}
            variable={variable}
            startsOpen={variable.key === added}
            isUnused={unused.has(variable.name)}
            faultOf={(...place) => faultOf("variables", variable.key, ...place)}
            onChange={(next) => set(replaced(variables, next))}
            onDelete={() => {
              set(without(variables, variable.key));
              focusNext(() => adder.current?.querySelector("button"));
            }}
          />
        ))}
        {listUndeclared(draft).map((name) => (
          <HoleItem key={name} name={name} onDeclare={() => add(name)} />
        ))}
      </ul>
      <div ref={adder} className={styles.foot}>
        <Button small onClick={() => add("")}>
          <Plus size={15} aria-hidden="true" />
          Add a variable
        </Button>
        {variables.length === 0 && <span className={ui.hint}>A hole such as {"{topic}"} makes one by itself.</span>}
      </div>
    </Card>
  );
}

/** A hole of the messages that no variable is declared for. */
function HoleItem({ name, onDeclare }: { name: string; onDeclare: () => void }) {
  return (
    <li className={styles.hole}>
      <code className={styles.name}>{name}</code>
      <Badge tone="accent">From a hole</Badge>
      <span className={ui.hint}>text, required</span>
      <Button small kind="quiet" onClick={onDeclare} aria-label={`Declare ${name}, to change it`}>
        Declare
      </Button>
    </li>
  );
}
