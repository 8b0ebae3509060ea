import type { components } from "../../api/schema";
import { Badge } from "../../ui/badge";
import { classes } from "../../ui/classes";
import { Code } from "../../ui/copy";
import { exact, milliseconds, span } from "../../ui/format";
import { Scroll } from "../../ui/scroll";
import { TableHead } from "../../ui/table-head";
import ui from "../../ui/ui.module.css";
import { pretty } from "./body";
import styles from "./webhooks.module.css";

type Try = components["schemas"]["DeliveryTry"];

/** What came of each try, the last one first. */
export function Tries({ tries }: { tries: readonly Try[] }) {
  if (tries.length === 0) return <p className={styles.none}>It was not tried yet.</p>;
  return (
    <Scroll label="Tries, as a table">
      <table className={classes(ui.table, styles.tries)}>
        <TableHead of={[["Try", ui.number], "When", ["Duration", ui.number], "Result"]} />
        <tbody>
          {tries.toReversed().map((each) => (
            <tr key={each.number}>
              <td className={ui.number}>{each.number}</td>
              <td className={styles.time}>{each.startTime ? exact(each.startTime) : "–"}</td>
              <td className={ui.number}>{each.duration ? span(milliseconds(each.duration)) : "–"}</td>
              <td className={styles.result}>
                <Result of={each} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Result({ of }: { of: Try }) {
  if (of.status === 0) return <span className={styles.error}>{of.error || "No answer"}</span>;
  const isGood = of.status >= 200 && of.status < 300;
  return (
    <>
      <Badge tone={isGood ? "good" : "bad"}>HTTP {of.status}</Badge>
      {of.answer && (
        <details className={styles.answer}>
          <summary>Answer</summary>
          <Code text={pretty(of.answer).text} label={`answer to try ${of.number}`} />
        </details>
      )}
    </>
  );
}
