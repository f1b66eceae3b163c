import { peak, type RowCounts, shares } from "./density";
import { nameOf } from "./describe";
import { at, type DrawnBins, drawnBins, type PanelData, quantilesOf, rowOf } from "./panel";
import { percent } from "./picture";
import { position, type Scale, short, ticks } from "./scale";

interface Props {
  readonly data: PanelData;
  readonly unit: number;
  readonly scale: Scale;
  /** The key of the subset that is drawn: A filled, B as an outline. */
  readonly subset: string;
}

const HEIGHT = 40;

/** One subset's distribution of a unit, height being the share of inputs. */
export function UnitHistogram({ data, unit, scale, subset }: Props) {
  const { histograms, subjects } = data;
  const shown = [...subjects.keys()].filter((index) => subjects[index]?.key === subset);
  const row = rowOf(data, unit);
  const drawn = drawnBins(row, scale);
  const largest = peak(row, drawn.runs);
  return (
    <figure class="unit-histogram">
      <svg width={scale.range[1]} height={HEIGHT + 1} aria-hidden="true">
        {shown.map((index) => {
          const { colour = "", place } = subjects[index] ?? {};
          const look = place === "B" ? { fill: "none", stroke: colour } : { fill: colour };
          return <path key={index} d={outline(row, index, largest, drawn)} {...look} />;
        })}
        <line x1={scale.range[0]} x2={scale.range[1]} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} />
      </svg>
      <figcaption>
        {shown.map((index) => {
          const subject = subjects[index];
          if (!subject) return null;
          const [low = Number.NaN, , median = Number.NaN, , high = Number.NaN] = quantilesOf(
            histograms,
            index,
            unit,
          );
          const { inputs, few } = subject.found;
          const zero = (histograms.zero.data[at(histograms, index, unit)] ?? 0) / (inputs || 1);
          return (
            <div key={index}>
              <span class={`key ${subject.place}`} style={{ "--colour": subject.colour }} />{" "}
              <bdi>{nameOf(subject)}</bdi>{" "}
              <span class="faint">
                n {inputs}
                {few && " (few)"}
              </span>{" "}
              median {short(median)}{" "}
              <span class="faint">
                90 % in {short(low)} – {short(high)}
                {zero > 0 && ` · ${percent(zero)} zero`}
              </span>
            </div>
          );
        })}
      </figcaption>
    </figure>
  );
}

/** A staircase over the bins. */
function outline(row: RowCounts, subject: number, largest: number, drawn: DrawnBins): string {
  const { runs, edge } = drawn;
  const bins = shares(row.counts[subject] ?? [], row.inputs[subject] ?? 0, runs);
  const filled = bins.filter(({ share }) => share > 0);
  const [first, last] = [filled[0]?.from ?? 0, filled.at(-1)?.to ?? 0];
  const steps = bins
    .filter(({ from, to }) => first <= from && to <= last)
    .map(({ to, share }) => {
      const y = HEIGHT - (largest ? (share / largest) * HEIGHT : 0);
      return `V${y.toFixed(1)}H${edge(to).toFixed(1)}`;
    });
  return steps.length ? `M${edge(first).toFixed(1)} ${HEIGHT}${steps.join("")}V${HEIGHT}` : "";
}

/** The axis that the histograms of a unit share. */
export function UnitAxis({ scale }: { readonly scale: Scale }) {
  return (
    <svg class="axis" width={scale.range[1]} height={18} aria-hidden="true">
      {ticks(scale).map((value) => (
        <g key={value} transform={`translate(${position(scale, value)} 0)`}>
          <line y1={0} y2={4} />
          <text y={15} text-anchor="middle">
            {short(value)}
          </text>
        </g>
      ))}
    </svg>
  );
}
