/** The marks of a row: what canvas and SVG draw, and what tests read. */

import type { Diverging } from "../../model/color";
import { differences, opacity, peak, shares } from "../../model/histograms/density";
import { at, drawnBins, type PanelData, rowOf } from "../../model/histograms/panel";
import { type Interval, largest, position, type Scale } from "../../model/scale";
import type { InstanceMark } from "../../model/shown";
import type { Lane, RowShape } from "./layout";

/** Some of a subject's inputs in a run of bins; with a sign it is a difference of two subjects. */
export interface Bar {
  readonly kind: "bar";
  readonly subject: number;
  readonly bins: Interval;
  readonly x: number;
  readonly width: number;
  readonly y: number;
  readonly height: number;
  readonly colour: string;
  readonly opacity: number;
  readonly hatched: boolean;
  /** Of a difference; 0 for a plain share. */
  readonly sign: -1 | 0 | 1;
  /** Whether a plus or minus says the sign besides colour and place. */
  readonly signed: boolean;
}

/** Inputs at exactly zero: a tick whose height is their share of the subject's inputs. */
export interface Zero {
  readonly kind: "zero";
  readonly subject: number;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly colour: string;
  readonly share: number;
  readonly hatched: boolean;
}

/** Inputs that fell out of the histogram's window, at that end of the row. */
export interface Arrow {
  readonly kind: "arrow";
  readonly subject: number;
  readonly side: "under" | "over";
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly colour: string;
  readonly share: number;
}

/** One instance at its activation, with a line through the row's lanes. */
export interface Dot {
  readonly kind: "dot";
  readonly mark: InstanceMark;
  readonly value: number;
  readonly x: number;
  readonly y: number;
  readonly top: number;
  readonly bottom: number;
  readonly hollow: boolean;
}

/** Inputs whose activation is not a number or infinite, in words at the right end. */
export interface Missing {
  readonly kind: "missing";
  readonly subject: number;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly colour: string;
  readonly share: number;
}

/** The colour of the subset that a lane of differences is of, at its left end. */
export interface LaneStripe {
  readonly kind: "stripe";
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly colour: string;
}

export type Mark = Bar | Zero | Arrow | Missing | Dot | LaneStripe;

/** Narrower bars have no room for a plus or minus. */
const NARROWEST_SIGN = 8;

/** Everything drawn in a unit's row, in painting order; y counts from the row's top. */
export function rowMarks(
  data: PanelData,
  unit: number,
  shape: RowShape,
  scale: Scale,
  diverging: Diverging | null,
): Mark[] {
  const bodies = shape.lanes.flatMap((lane) =>
    diverging
      ? differenceBars(data, unit, lane, scale, diverging)
      : lane.subjects.flatMap((subject) => subjectMarks(data, unit, subject, lane, scale)),
  );
  return [...bodies, ...dots(data, unit, shape, scale)];
}

function subjectMarks(
  data: PanelData,
  unit: number,
  subject: number,
  lane: Lane,
  scale: Scale,
): Mark[] {
  const shown = data.subjects[subject];
  const row = rowOf(data, unit);
  const counts = row.counts[subject];
  if (!shown || !counts) return [];
  const { edge, runs } = drawnBins(row, scale);
  const largest = peak(row, runs);
  const band = { subject, y: lane.top, height: lane.height, colour: shown.colour };
  const hatched = shown.place === "B";
  const bars = shares(counts, row.inputs[subject] ?? 0, runs)
    .filter(({ share }) => share > 0)
    .map(({ from, to, share }): Bar => {
      const x = edge(from);
      const alpha = opacity(share, largest);
      const place = { x, width: edge(to) - x, bins: [from, to] as const };
      return { kind: "bar", ...band, ...place, opacity: alpha, hatched, sign: 0, signed: false };
    });
  return [...bars, ...massesBesides(data, unit, subject, lane, scale)];
}

/** Exact zeros, what is under or over the window, and what is not finite. */
function massesBesides(
  data: PanelData,
  unit: number,
  subject: number,
  lane: Lane,
  scale: Scale,
): Mark[] {
  const { histograms } = data;
  const shown = data.subjects[subject];
  if (!shown?.found.inputs) return [];
  const { colour, place } = shown;
  const { inputs } = shown.found;
  const index = at(histograms, subject, unit);
  const zero = (histograms.zero.data[index] ?? 0) / inputs;
  const marks: Mark[] = [];
  if (zero) {
    const height = Math.max(2, zero * lane.height);
    const y = lane.top + lane.height - height;
    const x = position(scale, 0);
    marks.push({
      kind: "zero",
      subject,
      x,
      y,
      height,
      colour,
      share: zero,
      hatched: place === "B",
    });
  }
  const band = { subject, y: lane.top, height: lane.height, colour };
  for (const side of ["under", "over"] as const) {
    const share = (histograms[side].data[index] ?? 0) / inputs;
    const x = scale.range[side === "under" ? 0 : 1];
    if (share) marks.push({ kind: "arrow", side, x, share, ...band });
  }
  const missing = (histograms.nan.data[index] ?? 0) + (histograms.infinite.data[index] ?? 0);
  const x = scale.range[1] - 40;
  if (missing) marks.push({ kind: "missing", x, share: missing / inputs, ...band });
  return marks;
}

/** A minus B: more at A rises from the lane's middle, less at A hangs from it. */
function differenceBars(
  data: PanelData,
  unit: number,
  lane: Lane,
  scale: Scale,
  { more, less, noise }: Diverging,
): Mark[] {
  const [a = 0, b = 0] = lane.subjects;
  const row = rowOf(data, unit);
  const { edge, runs } = drawnBins(row, scale);
  const inputs = [row.inputs[a] ?? 0, row.inputs[b] ?? 0] as const;
  const bins = differences(row.counts[a] ?? [], row.counts[b] ?? [], inputs, runs);
  const most = largest(bins.map(({ share }) => Math.abs(share)));
  const half = lane.height / 2;
  const stripe: LaneStripe = {
    kind: "stripe",
    x: scale.range[0] - 3,
    y: lane.top,
    height: lane.height,
    colour: data.subjects[a]?.colour ?? noise,
  };
  const bars = bins
    .filter(({ share }) => share !== 0)
    .map(({ from, to, share, telling }): Bar => {
      const x = edge(from);
      const width = edge(to) - x;
      const strong = telling && Math.abs(share) > most / 3 && width >= NARROWEST_SIGN;
      return {
        kind: "bar",
        subject: a,
        bins: [from, to],
        x,
        width,
        y: lane.top + (share > 0 ? 0 : half),
        height: half,
        colour: telling ? (share > 0 ? more : less) : noise,
        opacity: opacity(Math.abs(share), most),
        hatched: false,
        sign: share > 0 ? 1 : -1,
        signed: strong,
      };
    });
  const zeros = lane.subjects.map(
    (subject) => data.histograms.zero.data[at(data.histograms, subject, unit)],
  );
  const [zero] = differences([zeros[0] ?? 0], [zeros[1] ?? 0], inputs, [[0, 1]]);
  if (!zero?.share) return bars.length ? [stripe, ...bars] : [];
  const height = Math.max(2, Math.abs(zero.share) * half);
  const mark: Zero = {
    kind: "zero",
    subject: a,
    x: position(scale, 0),
    y: lane.top + half - (zero.share > 0 ? height : 0),
    height,
    colour: zero.telling ? (zero.share > 0 ? more : less) : noise,
    share: zero.share,
    hatched: false,
  };
  return [stripe, ...bars, mark];
}

function dots({ instances }: PanelData, unit: number, shape: RowShape, scale: Scale): Dot[] {
  const top = shape.lanes[0]?.top ?? 0;
  const last = shape.lanes.at(-1);
  const bottom = last ? last.top + last.height : shape.height;
  const numbers = [...new Set(instances.map(({ mark }) => mark.number))];
  const apart = Math.min(5, (bottom - top) / Math.max(1, numbers.length));
  return instances.flatMap(({ mark, place, values }): Dot[] => {
    const value = values[unit] ?? Number.NaN;
    if (!Number.isFinite(value)) return [];
    const y =
      (top + bottom) / 2 + (numbers.indexOf(mark.number) - (numbers.length - 1) / 2) * apart;
    const x = position(scale, value);
    return [{ kind: "dot", mark, value, x, y, top, bottom, hollow: place === "B" }];
  });
}
