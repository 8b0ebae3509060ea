import { useState } from "react";
import { Link } from "react-router";
import { Button } from "../../ui/button";
import { classes } from "../../ui/classes";
import { count } from "../../ui/format";
import { Card } from "../../ui/page";
import { Scroll } from "../../ui/scroll";
import ui from "../../ui/ui.module.css";
import { errorRate, type Totals, totalByGroup } from "./totals";
import styles from "./usage.module.css";
import type { Usage } from "./use-usage";

const SHOWN = 10;
const TITLES = { "": "", key: "By key", prompt: "By prompt", model: "By model" };

/** The numbers of each group, that of the most runs first. */
export function Breakdown({ usage, nameOf }: { usage: Usage; nameOf: (group: string) => string }) {
  const [isWhole, setWhole] = useState(false);
  const groups = totalByGroup(usage.buckets);
  return (
    <Card
      title={TITLES[usage.group]}
      flush
      actions={
        groups.length > SHOWN && (
          <Button small onClick={() => setWhole(!isWhole)}>
            {isWhole ? `Show the first ${SHOWN}` : `Show all ${groups.length}`}
          </Button>
        )
      }
    >
      <Scroll label="Numbers">
        <table className={classes(ui.table, styles.breakdown)}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              {["Runs", "Errors", "Error rate", "Tokens in", "Tokens out", "Images"].map((name) => (
                <th key={name} scope="col" className={ui.number}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(isWhole ? groups : groups.slice(0, SHOWN)).map(([group, totals]) => (
              <tr key={group}>
                <th scope="row" className={styles.group}>
                  {usage.group === "prompt" && group ? (
                    <Link to={`/prompts/${group}`}>{nameOf(group)}</Link>
                  ) : (
                    nameOf(group)
                  )}
                </th>
                <Numbers of={totals} />
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {usage.group === "model" && (
        <p className={styles.remark}>Each node of a flow that asked a model counts as a run of its own here.</p>
      )}
    </Card>
  );
}

function Numbers({ of }: { of: Totals }) {
  const numbers = [of.runs, of.errors, undefined, of.inputTokens, of.outputTokens, of.images];
  return numbers.map((number, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
    <td key={index} className={ui.number}>
      {number === undefined ? errorRate(of) : count(number)}
    </td>
  ));
}
