import { classes } from "../../ui/classes";
import { Scroll } from "../../ui/scroll";
import ui from "../../ui/ui.module.css";
import type { Chart } from "./chart-card";
import { named } from "./ranges";
import styles from "./usage.module.css";

/** The numbers of a chart, the latest first. */
export function DataTable({ title, axis, byHour, series, full }: Chart) {
  const rows = axis.map((begin, index) => ({ begin, index })).reverse();
  return (
    <Scroll className={styles.table} label={`${title}, numbers`}>
      <table className={classes(ui.table, styles.dense)}>
        <thead>
          <tr>
            <th scope="col">{byHour ? "Hour from" : "Day (UTC)"}</th>
            {series.map(({ name, colour }) => (
              <th key={colour} scope="col" className={ui.number}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ begin, index }) => (
            <tr key={begin}>
              <th scope="row">{named(begin, byHour)}</th>
              {series.map(({ colour, values }) => (
                <td key={colour} className={ui.number}>
                  {write(values[index], full)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function write(value: number | undefined, full: (value: number) => string): string {
  return value === undefined ? "–" : full(value);
}
