import { drawable, position, scaleOver, span } from "../model/scale";
import { Chart } from "./Chart";
import { range } from "./paths";

interface Props {
  readonly class?: string;
  readonly values: readonly number[];
  readonly width: number;
  readonly height: number;
  /** The value that fills the height; by default all values fit, negative ones below zero. */
  readonly top?: number;
  /** The one that stands out. */
  readonly at?: number;
  /** Decoration without one. */
  readonly label?: string;
}

/** A bar a value, from zero; what is not known has none. */
export function Bars({ class: kind = "", values, width, height, top, at, label }: Props) {
  const domain = top === undefined ? span([0, 0], range(values)) : ([0, top] as const);
  const y = scaleOver("linear", drawable(domain), [height - 0.5, 1]);
  const step = width / (values.length || 1);
  const zero = position(y, 0);
  return (
    <Chart class={`bars ${kind}`} width={width} height={height} {...(label && { label })}>
      <line x2={width} y1={zero} y2={zero} />
      {values.map((value, place) => {
        const end = position(y, Math.min(value, y.domain[1]));
        return (
          Number.isFinite(value) && (
            <rect
              key={place}
              class={place === at ? "is-at" : ""}
              x={place * step}
              y={Math.min(end, zero)}
              width={Math.max(1, step - 0.5)}
              height={value === 0 ? 0 : Math.max(1, Math.abs(zero - end))}
            />
          )
        );
      })}
    </Chart>
  );
}
