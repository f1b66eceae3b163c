import { useEffect, useRef } from "preact/hooks";
import type { History } from "../api/types";
import { short } from "../model/format";
import { position, scaleOver, span } from "../model/scale";
import { Chart, LEFT, Rule } from "./Chart";
import { fitCanvas } from "./canvas";
import { linePath, range, recordOf } from "./paths";
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
    const context =
      canvas.current && fitCanvas(canvas.current, { width: width - LEFT, height: HEIGHT });
    if (!context) return;
    context.fillStyle = colour;
    for (const { record, bottom, top, opacity } of cells(history, scale)) {
      context.globalAlpha = opacity;
      context.fillRect(record * column, top, Math.max(1, column - 0.5), bottom - top);
    }
    context.globalAlpha = 1;
  });
  const medians = steps.map(
    (_, record) => history.arrays.quantiles.data[5 * record + 2] ?? Number.NaN,
  );
  const recordAt = (x: number) =>
    Math.max(0, Math.min(steps.length - 1, Math.floor((x - LEFT) / column)));
  return (
    <div class="strip" style={{ width: `${width}px`, height: `${HEIGHT + 16}px` }}>
      <canvas
        ref={canvas}
        style={{ left: `${LEFT}px`, width: `${width - LEFT}px`, height: `${HEIGHT}px` }}
      />
      <Chart
        width={width}
        height={HEIGHT + 16}
        label={spokenStrip(steps, medians)}
        y={{ scale, apart: 28 }}
        readout={(x) => {
          const record = recordAt(x);
          const text = `step ${steps[record]}: median ${short(medians[record] ?? Number.NaN)}`;
          return { at: centre(record), text };
        }}
        onPick={(x) => onStep(steps[recordAt(x)] ?? 0)}
      >
        <path
          class="own"
          d={linePath(
            steps.map((_, record) => centre(record)),
            medians.map((median) => position(scale, median)),
          )}
        />
        {lines.map(({ name, dash, steps: others, medians: theirs }) => (
          <path
            key={name}
            stroke-dasharray={dash}
            d={linePath(
              others.map((step) => centre(recordOf(steps, step))),
              theirs.map((median) => position(scale, median)),
            )}
          >
            <title>{name}</title>
          </path>
        ))}
        {moments.map(({ place, step }, _, all) => {
          const at = centre(recordOf(steps, step));
          const other = all.find((one) => one.place !== place);
          const to = other && centre(recordOf(steps, other.step));
          return (
            <g key={place}>
              <Rule class={`now ${place}`} at={at} from={0} to={HEIGHT} />
              <text x={at} y={HEIGHT + 12} text-anchor={stepAnchor(at, to, width, place)}>
                {place} {step}
              </text>
            </g>
          );
        })}
      </Chart>
    </div>
  );
}

/** Pixels that half of a step's label needs. */
const HALF = 28;

/** A step's label stands within the chart, and beside that of the other snapshot where the two are near. */
export function stepAnchor(
  at: number,
  other: number | undefined,
  width: number,
  place: "A" | "B",
): "start" | "middle" | "end" {
  if (other !== undefined && Math.abs(other - at) < 2 * HALF) {
    const isFirst = at === other ? place === "B" : at < other;
    return isFirst ? "end" : "start";
  }
  return at < HALF ? "start" : at > width - HALF ? "end" : "middle";
}

function spokenStrip(steps: readonly number[], medians: readonly number[]): string {
  const said = (record: number) =>
    `${short(medians[record] ?? Number.NaN)} at step ${steps[record]}`;
  return `distribution over ${steps.length} steps; median ${said(0)}, ${said(steps.length - 1)}`;
}
