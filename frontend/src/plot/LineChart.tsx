import { leastIndex } from "d3-array";
import { short } from "../model/format";
import { drawable, NOWHERE, position, scaleOver, span } from "../model/scale";
import { Chart, LEFT, type Readout, Rule } from "./Chart";
import { linePath, range } from "./paths";

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** SVG dash pattern; empty for a solid line. */
  readonly dash: string;
  readonly xs: readonly number[];
  readonly ys: readonly number[];
}

interface Props {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
  readonly label: string;
  /** The x of a vertical line, or null for none. */
  readonly at: number | null;
  /** The least range that y covers. */
  readonly y: readonly [number, number] | null;
}

const BELOW = 16;

/** Lines over the steps; under the pointer their values at the nearest step. */
export function LineChart({ lines, width, height, label, at, y: wanted }: Props) {
  const across = range(lines.flatMap(({ xs }) => xs));
  const up = span(wanted ?? NOWHERE, range(lines.flatMap(({ ys }) => ys)));
  const x = scaleOver("linear", across, [LEFT, width - 8]);
  const y = scaleOver("linear", drawable(up), [height - BELOW, 6]);
  const drawn = lines.map((line) => ({
    ...line,
    points: line.xs.map((value) => position(x, value)),
    heights: line.ys.map((value) => position(y, value)),
  }));
  const readout = (pixel: number): Readout | null => {
    const steps = [...new Set(lines.flatMap(({ xs }) => xs))];
    const step = steps[leastIndex(steps, (value) => Math.abs(position(x, value) - pixel)) ?? 0];
    return step === undefined
      ? null
      : { at: position(x, step), text: <Values lines={lines} step={step} /> };
  };
  return (
    <Chart
      class="line-chart"
      {...{ width, height, label, readout }}
      x={{ scale: x, apart: 56, digits: 4 }}
      y={{ scale: y, apart: 20, lines: "across" }}
    >
      {at !== null && <Rule class="now" at={position(x, at)} from={0} to={height - BELOW} />}
      {drawn.map(({ name, colour, dash, points, heights }) => (
        <path
          key={name}
          d={linePath(points, heights)}
          stroke={colour}
          stroke-dasharray={dash || undefined}
        >
          <title>{name}</title>
        </path>
      ))}
      {drawn.map(
        ({ name, colour, points, heights }) =>
          points.length === 1 && (
            <circle key={name} cx={points[0]} cy={heights[0]} r={2.5} fill={colour} />
          ),
      )}
    </Chart>
  );
}

/** What the lines are at a step, where they have it. */
function Values({ lines, step }: { readonly lines: readonly Line[]; readonly step: number }) {
  return (
    <>
      <div class="faint">{short(step, 6)}</div>
      {lines.map(({ name, colour, xs, ys }) => {
        const value = ys[xs.indexOf(step)];
        return (
          value !== undefined && (
            <div key={name}>
              <span class="key" style={{ "--colour": colour }} /> <bdi>{name}</bdi>{" "}
              <b>{short(value)}</b>
            </div>
          )
        );
      })}
    </>
  );
}

/** A line of a chart as its legend shows it. */
export function LineKey({ colour, dash }: { readonly colour: string; readonly dash: string }) {
  return (
    <svg class="line-key" width={24} height={8} aria-hidden="true">
      <path d="M0 4H24" stroke={colour} stroke-dasharray={dash || undefined} />
    </svg>
  );
}
