import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { short } from "../model/format";
import { position, type Scale, ticks } from "../model/scale";
import { beside, Floating, windowSize } from "../ui/Floating";

/** An axis along the edge of a chart; it runs over the range of its scale. */
export interface Axis {
  readonly scale: Scale;
  /** Least distance of its ticks, in pixels. */
  readonly apart?: number;
  /** A line at each tick: across the chart, or a short one before or, in the head of a table, under its number. */
  readonly lines?: "across" | "short" | "head";
  readonly digits?: number;
}

/** What is said at a place along the x axis. */
export interface Readout {
  /** Pixel of the vertical line, beside which it is said. */
  readonly at: number;
  readonly text: ComponentChildren;
}

interface Props {
  readonly class?: string;
  readonly width: number;
  readonly height: number;
  /** What it shows, for those who do not see it; without one it is decoration. */
  readonly label?: string;
  /** Below the chart. */
  readonly x?: Axis;
  /** At its left. */
  readonly y?: Axis;
  /** What is said of an x under the pointer, or null. */
  readonly readout?: (x: number) => Readout | null;
  readonly onHover?: (x: number) => void;
  /** A shortcut with the pointer: something else must do the same by keys. */
  readonly onPick?: (x: number) => void;
  readonly children?: ComponentChildren;
}

/** Pixels that half of a number needs. */
const HALF = 14;

/** How a text stands at an x, so that the edges of the chart do not cut it. */
export const anchorAt = (x: number, width: number): "start" | "middle" | "end" =>
  x < HALF ? "start" : x > width - HALF ? "end" : "middle";

/** The frame of every chart: axes with their ticks, a name, and what is said under the pointer. */
export function Chart(props: Props) {
  const {
    class: kind = "",
    width,
    height,
    label,
    x,
    y,
    readout,
    onHover,
    onPick,
    children,
  } = props;
  const [pointer, setPointer] = useState<{ x: number; client: { x: number; y: number } } | null>(
    null,
  );
  const [left, right] = x?.scale.range ?? [y ? LEFT : 0, width];
  const { room, text, mark } = (x?.lines && BELOW[x.lines]) ?? BELOW.across;
  const [bottom, top] = y?.scale.range ?? [height - (x ? room : 0), 0];
  const said = pointer && readout?.(pointer.x);
  const across = (event: MouseEvent) =>
    event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
  return (
    <>
      <svg
        class={`chart ${kind}`}
        width={width}
        height={height}
        role="img"
        aria-label={label ?? ""}
        aria-hidden={label === undefined}
        onPointerMove={(event) => {
          onHover?.(across(event));
          const client = { x: event.clientX, y: event.clientY };
          if (readout) setPointer({ x: across(event), client });
        }}
        onPointerLeave={() => setPointer(null)}
        onClick={(event) => onPick?.(across(event))}
      >
        {y &&
          ticks(y.scale, y.apart).map((value) => (
            <g
              key={value}
              class="chart-tick"
              transform={`translate(0 ${position(y.scale, value)})`}
            >
              {y.lines === "across" && <line x1={left} x2={right} />}
              <text x={left - 4} y={4} text-anchor="end">
                {short(value, y.digits)}
              </text>
            </g>
          ))}
        {x &&
          ticks(x.scale, x.apart).map((value) => (
            <g
              key={value}
              class="chart-tick"
              transform={`translate(${position(x.scale, value)} 0)`}
            >
              {x.lines && <line y1={mark ? bottom + mark : top} y2={bottom} />}
              <text y={bottom + text} text-anchor={anchorAt(position(x.scale, value), width)}>
                {short(value, x.digits)}
              </text>
            </g>
          ))}
        {children}
        {said && <Rule class="under" at={said.at} from={top} to={bottom} />}
      </svg>
      {said && (
        <Floating place={(card) => beside(card, pointer.client, 12, windowSize())}>
          {said.text}
        </Floating>
      )}
    </>
  );
}

/** Room for the numbers at the left. */
export const LEFT = 36;

/** Room for numbers below, where they stand, and how far their short lines reach. */
const BELOW = {
  across: { room: 16, text: 13, mark: 0 },
  short: { room: 18, text: 15, mark: 4 },
  head: { room: 0, text: -7, mark: -4 },
} as const;

interface RuleProps {
  readonly class: string;
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** A vertical line through a chart. */
export function Rule({ class: kind, at, from, to }: RuleProps) {
  return <line class={kind} x1={at} x2={at} y1={from} y2={to} />;
}
