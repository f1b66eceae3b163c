import { short } from "../../model/format";
import { type RowCounts, shares } from "../../model/histograms/density";
import { describe, nameOf, type SubjectLine } from "../../model/histograms/describe";
import { at, type DrawnBins, drawnBins, type PanelData, rowOf } from "../../model/histograms/panel";
import { largest, position, type Scale } from "../../model/scale";
import { Chart } from "../../plot/Chart";

interface Props {
  readonly data: PanelData;
  readonly unit: number;
  readonly scale: Scale;
  /** The key of the subset that is drawn: A filled, B as an outline. */
  readonly subset: string;
}

const HEIGHT = 40;

/** One subset's distribution of a unit: height is the share of inputs, relative to its largest. */
export function UnitHistogram({ data, unit, scale, subset }: Props) {
  const { subjects } = data;
  const lines = describe(data, unit, null).subjects;
  const shown = [...subjects.keys()].filter((index) => subjects[index]?.key === subset);
  const row = rowOf(data, unit);
  const drawn = drawnBins(row, scale);
  return (
    <figure class="unit-histogram">
      <Chart width={scale.range[1]} height={HEIGHT + 1}>
        {shown.map((index) => {
          const { colour = "", place } = subjects[index] ?? {};
          const look = place === "B" ? { fill: "none", stroke: colour } : { fill: colour };
          const zero = row.inputs[index]
            ? (data.histograms.zero.data[at(data.histograms, index, unit)] ?? 0) / row.inputs[index]
            : 0;
          return (
            <g key={index} {...look}>
              <path d={outline(row, index, drawn)} />
              {zero > 0 && (
                <rect
                  x={position(scale, 0) - 1.5}
                  y={HEIGHT * (1 - zero)}
                  width={3}
                  height={HEIGHT * zero}
                />
              )}
            </g>
          );
        })}
        <line x1={scale.range[0]} x2={scale.range[1]} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} />
      </Chart>
      <figcaption>
        {shown.map((index) => (
          <Caption key={index} line={lines[index]} />
        ))}
      </figcaption>
    </figure>
  );
}

function Caption({ line }: { readonly line: SubjectLine | undefined }) {
  if (!line) return null;
  const { subject, median, middle, notes } = line;
  return (
    <div>
      <span class={`key ${subject.place}`} style={{ "--colour": subject.colour }} />{" "}
      <bdi>{nameOf(subject)}</bdi> <span class="faint">n {subject.found.inputs}</span>
      {!Number.isNaN(median) && (
        <>
          {" "}
          <span class="together">median {short(median)}</span>{" "}
          <span class="faint together">
            90 % in {short(middle[0])} – {short(middle[1])}
          </span>
        </>
      )}
      {notes.map((note) => (
        <span key={note} class="faint">
          {" "}
          <span class="together">· {note}</span>
        </span>
      ))}
    </div>
  );
}

/** A staircase over the bins, as high as its own largest bin. */
function outline(row: RowCounts, subject: number, drawn: DrawnBins): string {
  const { runs, edge } = drawn;
  const bins = shares(row.counts[subject] ?? [], row.inputs[subject] ?? 0, runs);
  const most = largest(bins.map(({ share }) => share));
  const filled = bins.filter(({ share }) => share > 0);
  const [first, last] = [filled[0]?.from ?? 0, filled.at(-1)?.to ?? 0];
  const steps = bins
    .filter(({ from, to }) => first <= from && to <= last)
    .map(({ to, share }) => {
      const y = HEIGHT - (most ? (share / most) * HEIGHT : 0);
      return `V${y.toFixed(1)}H${edge(to).toFixed(1)}`;
    });
  return steps.length ? `M${edge(first).toFixed(1)} ${HEIGHT}${steps.join("")}V${HEIGHT}` : "";
}

/** The axis that the histograms of a unit share. */
export const UnitAxis = ({ scale }: { readonly scale: Scale }) => (
  <Chart width={scale.range[1] + 8} height={18} x={{ scale, lines: "short" }} />
);
