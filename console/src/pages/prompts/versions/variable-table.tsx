import type { Variable } from "../../../api/client";
import { Badge } from "../../../ui/badge";
import { Scroll } from "../../../ui/scroll";
import { TableHead } from "../../../ui/table-head";
import ui from "../../../ui/ui.module.css";
import styles from "./versions.module.css";

export function VariableTable({ variables }: { variables: readonly Variable[] }) {
  if (variables.length === 0) {
    return (
      <p className={ui.soft}>
        It takes none. A hole such as <code>{"{topic}"}</code> in a message makes one.
      </p>
    );
  }
  return (
    <Scroll label="Variables" className={styles.table}>
      <table className={ui.table}>
        <TableHead of={["Name", "Takes", "Without a value", "Description"]} />
        <tbody>
          {variables.map((variable) => (
            <tr key={variable.name}>
              <td>
                <code>{variable.name}</code>
              </td>
              <td>{variable.type === "TYPE_SELECT" ? <Options of={variable} /> : "Any text"}</td>
              <td>
                <Unset of={variable} />
              </td>
              <td>{variable.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Options({ of: { options } }: { of: Variable }) {
  return (
    <ul aria-label="One of">
      {options.map(({ name, value }) => (
        <li key={name}>
          {name}
          {value !== name && <span className={ui.soft}> → {value || "nothing"}</span>}
        </li>
      ))}
    </ul>
  );
}

/** What becomes of a run that gives no value. */
function Unset({ of: { defaultValue, required, allowEmpty } }: { of: Variable }) {
  if (defaultValue !== undefined) return defaultValue ? <code>{defaultValue}</code> : "Empty text";
  if (!required) return "Empty text";
  return <Badge tone="wait">{allowEmpty ? "Required, may be empty" : "Required"}</Badge>;
}
