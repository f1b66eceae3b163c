import { short } from "../model/format";
import { drawable, NOWHERE, position, type Scale, scaleOver, span, ticks } from "../model/scale";
import { linePath, range } from "./chart";

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

const LEFT = 32;
const BELOW = 16;

/** Lines over the steps. */
export function LineChart({ lines, width, height, label, at, y: wanted }: Props) {
  const across = range(lines.flatMap(({ xs }) => xs));
  const up = span(wanted ?? NOWHERE, range(lines.flatMap(({ ys }) => ys)));
  const x = scaleOver("linear", across, [LEFT, width - 8]);
  const y = scaleOver("linear", drawable(up), [height - BELOW, 6]);
  const on = (scale: Scale, values: readonly number[]) =>
    values.map((value) => position(scale, value));
  return (
    <svg class="line-chart" width={width} height={height} role="img" aria-label={label}>
      {ticks(y, 20).map((value) => (
        <g key={value} transform={`translate(0 ${position(y, value)})`}>
          <line x1={LEFT} x2={width} />
          <text x={LEFT - 4} y={4} text-anchor="end">
            {short(value)}
          </text>
        </g>
      ))}
      {ticks(x, 56).map((value) => (
        <text key={value} x={position(x, value)} y={height - 3} text-anchor="middle">
          {short(value, 4)}
        </text>
      ))}
      {at !== null && (
        <line class="now" x1={position(x, at)} x2={position(x, at)} y1={0} y2={height - BELOW} />
      )}
      {lines.map(({ name, colour, dash, xs, ys }) => (
        <path
          key={name}
          d={linePath(on(x, xs), on(y, ys))}
          stroke={colour}
          stroke-dasharray={dash || undefined}
        >
          <title>{name}</title>
        </path>
      ))}
      {lines.flatMap(({ name, colour, xs, ys }) =>
        xs.length === 1
          ? [
              <circle
                key={name}
                cx={position(x, xs[0] ?? 0)}
                cy={position(y, ys[0] ?? 0)}
                r={2.5}
                fill={colour}
              />,
            ]
          : [],
      )}
    </svg>
  );
}
