import { largest } from "../model/scale";
import { Bars } from "./Bars";
import { Chart } from "./Chart";
import { linePath } from "./paths";

interface Props {
  readonly values: readonly number[];
  /** The value that fills the height; by default the largest. */
  readonly top?: number;
  readonly kind: "bars" | "line";
  readonly label: string;
  /** Position of a value to point out. */
  readonly at?: number;
  readonly width?: number;
  readonly height?: number;
}

/** A word-sized chart. */
export function Sparkline(props: Props) {
  const { values, top = largest(values), kind, label, at, width = 40, height = 12 } = props;
  if (kind === "bars") {
    return (
      <Bars
        class="sparkline"
        width={width}
        height={height}
        values={values}
        top={top}
        label={label}
      />
    );
  }
  const inner = width - 4;
  const x = (place: number) =>
    values.length > 1 ? 2 + (place / (values.length - 1)) * inner : width / 2;
  const y = (value: number) =>
    height - 0.5 - (top > 0 && value > 0 ? Math.min(1, value / top) * (height - 1) : 0 * value);
  const marked = at === undefined ? Number.NaN : (values[at] ?? Number.NaN);
  return (
    <Chart class="sparkline" width={width} height={height} label={label}>
      <path
        d={linePath(
          values.map((_, place) => x(place)),
          values.map(y),
        )}
      />
      {Number.isFinite(marked) && <circle cx={x(at ?? 0)} cy={y(marked)} r="1.6" />}
    </Chart>
  );
}
