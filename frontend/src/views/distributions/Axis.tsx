import type { Scale } from "../../model/scale";
import { Chart } from "../../plot/Chart";
import type { Frame } from "./paint";

interface Props {
  readonly frame: Frame;
  /** The scale that all rows share; null when each has its own. */
  readonly scale: Scale | null;
  readonly divergent: boolean;
}

/** Pixels that the whole sentence takes. */
const WORDY = 200;

/** The head of the rows: the shared axis, and what the columns are. */
export function Axis({ frame, scale, divergent }: Props) {
  const right = frame.width - frame.columns;
  return (
    <Chart
      class="row-axis"
      width={frame.width}
      height={20}
      {...(scale && { x: { scale, lines: "head" as const } })}
    >
      <text x={frame.label - 20} y={14} text-anchor="end">
        unit
      </text>
      {!scale && (
        <text x={(frame.label + right) / 2} y={14} text-anchor="middle">
          {right - frame.label < WORDY ? "per-unit axes" : "activation, an axis per unit"}
        </text>
      )}
      {divergent && (
        <>
          <text x={right + 46} y={14} text-anchor="end">
            R
          </text>
          <text x={right + 96} y={14} text-anchor="end">
            W₁
          </text>
        </>
      )}
    </Chart>
  );
}
