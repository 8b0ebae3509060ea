import { compact, count } from "../../ui/format";
import { errorRate, type Totals } from "./totals";
import styles from "./usage.module.css";

/** The numbers of the whole range. */
export function Tiles({ of }: { of: Totals }) {
  return (
    <dl className={styles.tiles}>
      <Tile name="Runs" number={of.runs} />
      <Tile name="Errors" number={of.errors} more={`${errorRate(of)} of runs`} />
      <Tile name="Tokens in" number={of.inputTokens} />
      <Tile name="Tokens out" number={of.outputTokens} />
      <Tile name="Images" number={of.images} />
    </dl>
  );
}

function Tile({ name, number, more }: { name: string; number: number; more?: string }) {
  return (
    <div className={styles.tile}>
      <dt>{name}</dt>
      <dd>
        <strong title={count(number)}>{number < 100_000 ? count(number) : compact(number)}</strong>
        {more && <span>{more}</span>}
      </dd>
    </div>
  );
}
