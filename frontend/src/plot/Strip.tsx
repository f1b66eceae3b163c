import { useEffect, useRef } from "preact/hooks";
import type { History } from "../api/types";
import { short } from "../model/format";
import { position, scaleOver, span, ticks } from "../model/scale";
import { linePath, range, recordOf } from "./chart";
import { cells, historyDomain } from "./strip";

/** Another run's median over its steps. */
export interface MedianLine {
  readonly name: string;
  readonly dash: string;
  readonly steps: readonly number[];
  readonly medians: readonly number[];
}

interface Props {
  readonly history: History;
  readonly colour: string;
  readonly width: number;
  /** Steps to point out, by the letter of their moment. */
  readonly moments: readonly { readonly place: "A" | "B"; readonly step: number }[];
  readonly lines: readonly MedianLine[];
  readonly onStep: (step: number) => void;
}

const LEFT = 36;
const HEIGHT = 96;

/** A unit's distribution over all steps: a column a record, a more opaque bin holding more inputs. */
export function Strip({ history, colour, width, moments, lines, onStep }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { steps } = history.meta;
  const column = (width - LEFT) / Math.max(1, steps.length);
  const centre = (record: number) => LEFT + (record + 0.5) * column;
  const domain = span(historyDomain(history), range(lines.flatMap(({ medians }) => medians)));
  const scale = scaleOver("linear", domain, [HEIGHT - 6, 6]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context) return;
    const dense = window.devicePixelRatio || 1;
    canvas.current.width = Math.round((width - LEFT) * dense);
    canvas.current.height = Math.round(HEIGHT * dense);
    context.scale(dense, dense);
    context.fillStyle = colour;
    for (const { record, bottom, top, opacity } of cells(history, scale)) {
      context.globalAlpha = opacity;
      context.fillRect(record * column, top, Math.max(1, column - 0.5), bottom - top);
    }
  });
  const own = history.meta.steps.map((_, record) =>
    position(scale, history.arrays.quantiles.data[5 * record + 2] ?? Number.NaN),
  );
  return (
    <div class="strip" style={{ width: `${width}px`, height: `${HEIGHT + 16}px` }}>
      <canvas
        ref={canvas}
        style={{ left: `${LEFT}px`, width: `${width - LEFT}px`, height: `${HEIGHT}px` }}
      />
      <svg width={width} height={HEIGHT + 16} role="img" aria-label={spokenStrip(history)}>
        {ticks(scale, 28).map((value) => (
          <text key={value} x={LEFT - 4} y={position(scale, value) + 4} text-anchor="end">
            {short(value)}
          </text>
        ))}
        <path
          class="own"
          d={linePath(
            steps.map((_, record) => centre(record)),
            own,
          )}
        />
        {lines.map(({ name, dash, steps: others, medians }) => (
          <path
            key={name}
            stroke-dasharray={dash}
            d={linePath(
              others.map((step) => centre(recordOf(steps, step))),
              medians.map((median) => position(scale, median)),
            )}
          >
            <title>{name}</title>
          </path>
        ))}
        {moments.map(({ place, step }) => (
          <g
            key={place}
            class="moment-line"
            transform={`translate(${centre(recordOf(steps, step))} 0)`}
          >
            <line y2={HEIGHT} stroke-dasharray={place === "B" ? "3 2" : undefined} />
            <text y={HEIGHT + 12} text-anchor="middle">
              {place} {step}
            </text>
          </g>
        ))}
        {steps.map((step, record) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut; the step slider is the control
          <rect
            key={step}
            class="target"
            x={LEFT + record * column}
            width={column}
            height={HEIGHT}
            onClick={() => onStep(step)}
          >
            <title>step {step}</title>
          </rect>
        ))}
      </svg>
    </div>
  );
}

function spokenStrip({ arrays, meta }: History): string {
  const median = (record: number) => short(arrays.quantiles.data[5 * record + 2] ?? Number.NaN);
  const last = meta.steps.length - 1;
  return `distribution over ${meta.steps.length} steps; median ${median(0)} at step ${meta.steps[0]}, ${median(last)} at step ${meta.steps[last]}`;
}
