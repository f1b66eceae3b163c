import { short } from "../../model/format";
import { position, type Scale, ticks } from "../../model/scale";
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
    <svg class="axis" width={frame.width} height={20} aria-hidden="true">
      <text x={frame.label - 20} y={14} text-anchor="end">
        unit
      </text>
      {scale ? (
        ticks(scale).map((value) => (
          <g key={value} transform={`translate(${position(scale, value)} 0)`}>
            <line y1={16} y2={20} />
            <text y={13} text-anchor="middle">
              {short(value)}
            </text>
          </g>
        ))
      ) : (
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
    </svg>
  );
}
