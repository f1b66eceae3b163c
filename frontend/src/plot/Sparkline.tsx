import { largest } from "../model/scale";

interface Props {
  readonly values: readonly number[];
  /** The value that fills the height; by default the largest. */
  readonly top?: number;
  readonly kind: "bars" | "line";
  readonly label: string;
  /** Position of a value to point out. */
  readonly at?: number;
}

const WIDTH = 40;
const HEIGHT = 12;

/** A word-sized chart. */
export function Sparkline({ values, top = largest(values), kind, label, at }: Props) {
  const height = (value: number) =>
    top > 0 && value > 0 ? Math.min(1, value / top) * (HEIGHT - 1) : 0;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      {kind === "bars"
        ? values.map((value, place) => {
            const step = WIDTH / values.length;
            const bar = Math.max(0.5, height(value));
            return (
              <rect key={place} x={place * step} y={HEIGHT - bar} width={step - 1} height={bar} />
            );
          })
        : lines(values, height).map((points) => (
            <polyline key={points} points={points} fill="none" />
          ))}
      {kind === "line" && at !== undefined && Number.isFinite(values[at]) && (
        <circle
          cx={across(at, values.length)}
          cy={HEIGHT - 0.5 - height(values[at] ?? 0)}
          r="1.6"
        />
      )}
    </svg>
  );
}

const across = (place: number, length: number): number =>
  length > 1 ? (place / (length - 1)) * (WIDTH - 4) + 2 : WIDTH / 2;

/** Polylines through the finite values; a gap where there is none. */
function lines(values: readonly number[], height: (value: number) => number): readonly string[] {
  const runs: string[][] = [[]];
  values.forEach((value, place) => {
    if (Number.isFinite(value)) {
      runs
        .at(-1)
        ?.push(
          `${across(place, values.length).toFixed(1)},${(HEIGHT - 0.5 - height(value)).toFixed(1)}`,
        );
    } else runs.push([]);
  });
  return runs.filter((run) => run.length > 1).map((run) => run.join(" "));
}
