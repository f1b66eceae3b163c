import { useEffect, useRef, useState } from "preact/hooks";
import { Explained } from "../ui/Explained";
import { useShortcuts } from "../ui/shortcuts";

interface Props {
  readonly steps: readonly number[];
  /** Seconds since 1970, one a step. */
  readonly wallTimes: readonly number[];
  /** Position of the present record. */
  readonly record: number;
  /** Position of moment B among the same records, where it is in the same run. */
  readonly other: number | null;
  /** Whether the page is in sight; playing waits until it is. */
  readonly active: boolean;
  readonly onMove: (record: number) => void;
}

const SPEEDS = [0.5, 1, 2, 4] as const;
const PACE = 700;
const MOST_TICKS = 60;

/** The global slider: which record moment A is at, and playing through the records. */
export function StepSlider({ steps, wallTimes, record, other, active, onMove }: Props) {
  const last = steps.length - 1;
  const { playing, speed, setSpeed, toggle, stop } = usePlaying(record, last, active, onMove);
  useShortcuts({ p: toggle });
  const time = new Date((wallTimes[record] ?? 0) * 1000);
  const move = (to: number) => {
    stop();
    onMove(to);
  };
  return (
    <div class="steps">
      <div class="slider">
        <input
          type="range"
          id="step"
          min={0}
          max={last}
          step={1}
          value={record}
          aria-label="Step of A"
          aria-valuetext={`step ${steps[record]}, record ${record + 1} of ${steps.length}`}
          onInput={(event) => move(event.currentTarget.valueAsNumber)}
        />
        <Ticks count={steps.length} other={other} />
      </div>
      <div class="step-line">
        <button
          type="button"
          class="icon play"
          aria-label={playing ? "Pause" : "Play the records"}
          title={playing ? "Pause (P)" : "Play the records (P)"}
          aria-pressed={playing}
          onClick={toggle}
        >
          <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
            <path d={playing ? "M2 1h3v10H2zM7 1h3v10H7z" : "M2 1l9 5-9 5z"} fill="currentColor" />
          </svg>
        </button>
        <select
          class="speed"
          aria-label="Speed"
          value={speed}
          onChange={(event) => setSpeed(Number(event.currentTarget.value))}
        >
          {SPEEDS.map((value) => (
            <option key={value} value={value}>
              {value}×
            </option>
          ))}
        </select>
        <span class="step-now">
          <b>{steps[record]?.toLocaleString("en")}</b>
          <span class="faint">
            {record + 1}/{steps.length}
          </span>
        </span>
        <time class="faint" dateTime={time.toISOString()}>
          <Explained text={time.toLocaleString()}>
            {time.toLocaleTimeString(undefined, { hour12: false })}
          </Explained>
        </time>
      </div>
    </div>
  );
}

function usePlaying(
  record: number,
  last: number,
  active: boolean,
  onMove: (record: number) => void,
) {
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const move = useRef(onMove);
  move.current = onMove;
  useEffect(() => {
    if (!playing || !active) return;
    if (record >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => move.current(record + 1), PACE / speed);
    return () => clearTimeout(timer);
  }, [playing, active, record, last, speed]);
  const toggle = () => {
    if (!playing && record >= last) onMove(0);
    setPlaying(!playing);
  };
  return { playing, speed, setSpeed, toggle, stop: () => setPlaying(false) };
}

function Ticks({ count, other }: { readonly count: number; readonly other: number | null }) {
  const place = (record: number) => `${(100 * record) / Math.max(1, count - 1)}%`;
  const shown = count <= MOST_TICKS ? Array.from({ length: count }, (_, record) => record) : [];
  return (
    <div class="ticks" aria-hidden="true">
      {shown.map((record) => (
        <span key={record} class="tick" style={{ left: place(record) }} />
      ))}
      {other !== null && <span class="tick-b" style={{ left: place(other) }} />}
    </div>
  );
}
