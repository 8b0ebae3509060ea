import { counted } from "../../ui/format";
import { Note } from "../../ui/notes";
import { RemarkIcon } from "./canvas/node-icon";
import styles from "./flow.module.css";
import type { Remark } from "./graph/places";

interface RemarksProps {
  remarks: readonly Remark[];
  onShow: (nodeId: string) => void;
}

/** What the server said of the graph when it was saved; what is about a node leads there. */
export function Remarks({ remarks, onShow }: RemarksProps) {
  if (remarks.length === 0) return null;
  const isFault = remarks.some((remark) => remark.isFault);
  return (
    <div role={isFault ? "alert" : "status"}>
      <Note kind={isFault ? "bad" : "wait"}>
        <strong>
          {isFault
            ? `Not saved: the graph has ${counted(remarks.length, "fault")}`
            : `Saved, with ${counted(remarks.length, "remark")}`}
        </strong>
        <ul className={styles.remarks}>
          {remarks.map((remark, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: several may say the same, and they come all at once
            <li key={index}>
              <RemarkIcon isFault={remark.isFault} />
              <RemarkText remark={remark} onShow={onShow} />
            </li>
          ))}
        </ul>
      </Note>
    </div>
  );
}

function RemarkText({ remark: { nodeId, about, text }, onShow }: { remark: Remark; onShow: RemarksProps["onShow"] }) {
  return (
    <span>
      {nodeId === undefined ? (
        about && <strong>{about}</strong>
      ) : (
        <button type="button" className={styles.link} onClick={() => onShow(nodeId)}>
          {about}
        </button>
      )}{" "}
      {text}
    </span>
  );
}
