import { Link } from "react-router";
import { api, type LabelMove, take } from "../../../api/client";
import { usePages } from "../../../api/pages";
import { KeyName } from "../../../caller/key-name";
import { More } from "../../../ui/more";
import { Async } from "../../../ui/page";
import { Scroll } from "../../../ui/scroll";
import { TableHead } from "../../../ui/table-head";
import { Time } from "../../../ui/time";
import ui from "../../../ui/ui.module.css";
import styles from "./labels.module.css";

/** What was done with a label, the latest first. */
export function Moves({ promptId, label }: { promptId: string; label: string }) {
  const moves = usePages(["moves", promptId, label], async (pageToken) => {
    const params = { path: { prompt_id: promptId, label }, query: { pageToken } };
    const page = await take(api.GET("/api/prompts/{prompt_id}/labels/{label}/history", { params }));
    return { items: page.moves, nextPageToken: page.nextPageToken };
  });
  return (
    <Async query={{ ...moves, data: moves.items }}>
      {(all) =>
        all.length === 0 ? (
          <p>
            This prompt never had a label “<bdi>{label}</bdi>”.
          </p>
        ) : (
          <Scroll label={`History of ${label}`} className={styles.moves}>
            <table className={ui.table}>
              <TableHead of={["When", "What", "From", "To", "By key"]} />
              <tbody>
                {all.map((move) => (
                  <MoveRow key={move.id} move={move} />
                ))}
              </tbody>
            </table>
            <More list={moves} small />
          </Scroll>
        )
      }
    </Async>
  );
}

function MoveRow({ move }: { move: LabelMove }) {
  return (
    <tr>
      <td>
        <Time at={move.createTime} />
      </td>
      <td>{said(move)}</td>
      <td>
        <On id={move.fromVersionId} number={move.fromVersionNumber} />
      </td>
      <td>
        <On id={move.toVersionId} number={move.toVersionNumber} />
      </td>
      <td>
        <KeyName id={move.keyId} />
      </td>
    </tr>
  );
}

function On({ id, number }: { id: string; number: string }) {
  return id ? <Link to={`?version=${id}`}>Version {number}</Link> : <span className={ui.soft}>none</span>;
}

function said({ fromVersionId, toVersionId }: LabelMove): string {
  if (!toVersionId) return "Deleted";
  return fromVersionId ? "Moved" : "Set";
}
