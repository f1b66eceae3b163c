import type { Scale } from "../../model/scale";
import { Chart } from "../../plot/Chart";
import { Stat } from "../../ui/Stat";
import type { Frame } from "./paint";

interface Props {
  readonly frame: Frame;
  /** The scale that all rows share; null when each has its own. */
  readonly scale: Scale | null;
  /** Whom R and W₁ compare; null without them. */
  readonly compared: string | null;
  /** What the rows are sorted by, in short and whole, where it has a column of its own. */
  readonly sortedBy: { readonly head: string; readonly text: string } | null;
}

/** Pixels that the whole sentence takes. */
const WORDY = 260;

/** The head of the rows: the shared axis, and what the columns are. */
export function Axis({ frame, scale, compared, sortedBy }: Props) {
  const right = frame.width - frame.columns;
  return (
    <div class="axis-head" style={{ width: `${frame.width}px` }}>
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
            {right - frame.label < WORDY ? "per-unit axes" : "activation, from least to largest"}
          </text>
        )}
      </Chart>
      {sortedBy && (
        <span
          class="axis-column"
          title={sortedBy.text}
          style={{ left: `${right}px`, width: `${frame.key - 8}px` }}
        >
          {sortedBy.head}
        </span>
      )}
      {compared !== null && (
        <>
          <span
            class="axis-column"
            title={`R of ${compared}`}
            style={{ left: `${right + frame.key}px`, width: "46px" }}
          >
            <Stat of="ratio" />
          </span>
          <span
            class="axis-column"
            title={`W₁ of ${compared}`}
            style={{ left: `${right + frame.key + 46}px`, width: "50px" }}
          >
            <Stat of="wasserstein" />
          </span>
        </>
      )}
    </div>
  );
}
