import { type KeyboardEvent, useState } from "react";
import { changesOf, modelWords } from "../../runs/adjustments";
import { classes } from "../../ui/classes";
import { counted, span } from "../../ui/format";
import { type Bar, nodeName, type Timeline } from "./timeline";
import styles from "./timeline.module.css";

const ROW = 38;
const AXIS = 22;
// A bar shows, however short its time was.
const LEAST = 0.004;

const COLOURS: Record<string, string | undefined> = {
  STATE_QUEUED: styles.wait,
  STATE_RUNNING: styles.running,
  STATE_SUCCEEDED: styles.good,
  STATE_FAILED: styles.bad,
};

interface TimelinePictureProps {
  timeline: Timeline;
  /** A node was chosen, by its id. */
  onChoose: (id: string) => void;
}

/** Bars on an axis of time; the one that was pointed at or focused last tells more below the picture. */
export function TimelinePicture({ timeline, onChoose }: TimelinePictureProps) {
  const { bars, ticks, wait } = timeline;
  const [shown, setShown] = useState<string>();
  const first = wait.took >= 1 ? AXIS + ROW : AXIS;
  const chosen = bars.find(({ nodeRun }) => nodeRun.nodeId === shown);
  return (
    <figure className={styles.timeline}>
      {/* biome-ignore lint/a11y/useSemanticElements: a picture in SVG groups its parts no other way */}
      <svg role="group" aria-label="Nodes on an axis of time" width="100%" height={first + bars.length * ROW}>
        {ticks.map(({ at, label }) => (
          <g key={label}>
            <line className={styles.grid} x1={percent(at)} x2={percent(at)} y1={AXIS - 4} y2="100%" />
            <text
              className={styles.tick}
              x={percent(at)}
              y={12}
              textAnchor={at < 0.04 ? "start" : at > 0.96 ? "end" : "middle"}
            >
              {label}
            </text>
          </g>
        ))}
        {wait.took >= 1 && (
          <g>
            <Words top={AXIS} name="Waiting" time={span(wait.took)} />
            <Rect top={AXIS} from={0} to={wait.to} colour={styles.wait} />
          </g>
        )}
        {bars.map((bar, index) => (
          <BarRow key={bar.nodeRun.nodeId} bar={bar} top={first + index * ROW} onShow={setShown} onChoose={onChoose} />
        ))}
      </svg>
      <figcaption>{chosen ? tell(chosen) : "Point at a bar, or go to it by Tab, to read more of it."}</figcaption>
    </figure>
  );
}

interface BarRowProps {
  bar: Bar;
  top: number;
  onShow: (id: string) => void;
  onChoose: (id: string) => void;
}

function BarRow({ bar, top, onShow, onChoose }: BarRowProps) {
  const { nodeId, state } = bar.nodeRun;
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onChoose(nodeId);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a picture in SVG has no buttons of its own
    <g
      role="button"
      tabIndex={0}
      aria-label={`${tell(bar)}. Open it`}
      className={styles.row}
      onClick={() => onChoose(nodeId)}
      onKeyDown={press}
      onFocus={() => onShow(nodeId)}
      onMouseEnter={() => onShow(nodeId)}
    >
      <rect className={styles.area} x="0" y={top} width="100%" height={ROW} rx="4" />
      <Words top={top} name={nodeName(bar.nodeRun)} time={timeOf(bar)} />
      {bar.place && <Rect top={top} {...bar.place} colour={COLOURS[state]} />}
    </g>
  );
}

function Words({ top, name, time }: { top: number; name: string; time: string }) {
  return (
    <>
      {/* What does not fit is cut before the time. */}
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: it is a part of the picture, and text itself */}
      <svg className={styles.cut} y={top} width="76%" height={ROW}>
        <text className={styles.name} x="6" y="16">
          {name}
        </text>
      </svg>
      {/* The words are read with a space between them. */ " "}
      <text className={styles.time} x="100%" dx="-6" y={top + 16} textAnchor="end">
        {time}
      </text>
    </>
  );
}

function Rect({ top, from, to, colour }: { top: number; from: number; to: number; colour?: string }) {
  const width = Math.max(LEAST, to - from);
  return (
    <rect
      className={classes(styles.bar, colour)}
      x={percent(Math.min(from, 1 - width))}
      y={top + 23}
      width={percent(width)}
      height={8}
      rx={2}
    />
  );
}

function percent(part: number): string {
  return `${(part * 100).toFixed(3)}%`;
}

function timeOf({ took }: Bar): string {
  return took === undefined ? "Did not begin" : span(took);
}

/** Tell a bar in words: first those that are in the picture. */
function tell(bar: Bar): string {
  const { nodeRun, began } = bar;
  const tokens = Number(nodeRun.usage?.inputTokens ?? 0) + Number(nodeRun.usage?.outputTokens ?? 0);
  const parts = [
    `${nodeName(nodeRun)} ${timeOf(bar)}`,
    nodeRun.state.replace("STATE_", "").toLowerCase(),
    began === undefined ? "" : `began after ${span(began)}`,
    nodeRun.model && modelWords(nodeRun),
    tokens ? counted(tokens, "token") : "",
    ...changesOf(nodeRun.adjustments),
  ];
  return parts.filter(Boolean).join(" · ");
}
