/** A unit's row in words and numbers: for the pointer, for screen readers and for tables. */

import { UNMATCHED } from "../../api/types";
import { percent, ratioText, short } from "../format";
import { parseKey } from "../names";
import type { Interval, Scale } from "../scale";
import type { InstanceMark } from "../shown";
import {
  at,
  countsOf,
  drawnBins,
  inputsOf,
  type PanelData,
  type PanelSubject,
  quantilesOf,
  rowOf,
} from "./panel";
import { TELLING } from "./sorting";

export interface SubjectLine {
  readonly subject: PanelSubject;
  /** Inputs in the bins pointed at; null where none are meant. */
  readonly count: number | null;
  readonly median: number;
  /** Between these lie 90 % of the inputs. */
  readonly middle: Interval;
  readonly mean: number;
  readonly std: number;
  /** What is not in the bins, and what else must be known: each a few words. */
  readonly notes: readonly string[];
}

export interface Description {
  readonly unit: number;
  readonly name: string | null;
  readonly bin: Interval | null;
  readonly subjects: readonly SubjectLine[];
  readonly instances: readonly {
    readonly name: string;
    readonly mark: InstanceMark;
    readonly value: number;
  }[];
  readonly divergence: string | null;
}

/** Describe a unit, and a run of its bins where one is meant. */
export function describe(data: PanelData, unit: number, bins: Interval | null): Description {
  const { histograms, subjects, instances } = data;
  const edge = (bin: number) =>
    (histograms.start.data[unit] ?? 0) + bin * (histograms.width.data[unit] ?? 1);
  return {
    unit,
    name: data.names.get(unit) ?? null,
    bin: bins && [edge(bins[0]), edge(bins[1])],
    subjects: subjects.map((subject, index) => subjectLine(data, subject, index, unit, bins)),
    instances: instances.map(({ name, place, mark, values }) => ({
      name: `${name}${place === "B" ? " at B" : ""}`,
      mark,
      value: values[unit] ?? Number.NaN,
    })),
    divergence: divergenceWords(data, unit),
  };
}

/** The drawn run of bins under a pixel, or null between and beside them. */
export function binsUnder(data: PanelData, unit: number, scale: Scale, x: number): Interval | null {
  const { runs, edge } = drawnBins(rowOf(data, unit), scale);
  return runs.find(([from, to]) => edge(from) <= x && x < edge(to)) ?? null;
}

function subjectLine(
  data: PanelData,
  subject: PanelSubject,
  index: number,
  unit: number,
  bins: Interval | null,
): SubjectLine {
  const { histograms } = data;
  const [low = Number.NaN, , median = Number.NaN, , high = Number.NaN] = quantilesOf(
    histograms,
    index,
    unit,
  );
  const place = at(histograms, index, unit);
  const { few } = subject.found;
  const inputs = inputsOf(data, index, unit);
  const shares = (["zero", "under", "over", "nan", "infinite"] as const).flatMap((kind) => {
    const count = histograms[kind].data[place] ?? 0;
    return count && inputs ? [`${percent(count / inputs)} ${MASSES[kind]}`] : [];
  });
  return {
    subject,
    count: bins && inputs > 0 ? sum(countsOf(histograms, index, unit), bins) : null,
    median,
    middle: [low, high],
    mean: histograms.mean.data[place] ?? Number.NaN,
    std: histograms.std.data[place] ?? Number.NaN,
    notes: [
      ...shares,
      ...(few ? ["few inputs"] : []),
      ...matchWords(subject, histograms.unit.data[place], histograms.correlation.data[place]),
    ],
  };
}

function sum(counts: ArrayLike<number>, [from, to]: Interval): number {
  let total = 0;
  for (let bin = from; bin < to; bin++) total += counts[bin] ?? 0;
  return total;
}

const MASSES = {
  zero: "exactly zero",
  under: "below the window",
  over: "above the window",
  nan: "not a number",
  infinite: "infinite",
} as const;

function matchWords({ found }: PanelSubject, unit = UNMATCHED, correlation = Number.NaN): string[] {
  if (found.identity === "none") return ["no unit to compare"];
  if (found.identity !== "matched") return [];
  return unit === UNMATCHED
    ? ["no unit there matches"]
    : [`its unit ${unit}, correlation ${short(correlation, 2)}`];
}

function divergenceWords({ divergence, subjects }: PanelData, unit: number): string | null {
  if (!divergence) return null;
  const names = [divergence.of, divergence.from].map((index) => subjects[index]).map(nameOf);
  const distance = divergence.wasserstein[unit] ?? Number.NaN;
  const ratio = divergence.ratio[unit] ?? Number.NaN;
  if (Number.isNaN(distance)) return `${names.join(" and ")}: nothing to compare`;
  const [one, other] = [subjects[divergence.of], subjects[divergence.from]];
  const overlap =
    one && other && mayShareInputs(one.key, other.key)
      ? "; they may share inputs, while R assumes separate samples"
      : "";
  const measured = `W₁ ${short(distance)} σ, R ${ratioText(ratio)}`;
  if (ratio < TELLING)
    return `${names.join(" and ")}: ${measured}, not distinguishable from noise${overlap}`;
  const further = `JS ${short(divergence.jensenShannon[unit] ?? Number.NaN, 2)} bit, KS ${short(divergence.kolmogorovSmirnov[unit] ?? Number.NaN, 2)}`;
  return `${names.join(" against ")}: ${measured}, ${further}${overlap}`;
}

/** Whether two subsets may hold the same inputs: all but two classes or bins of one kind. */
export function mayShareInputs(one: string, other: string): boolean {
  const [a, b] = [parseKey(one), parseKey(other)];
  return a.kind !== b.kind || a.slice !== b.slice || a.index === b.index;
}

/** `cat`, or `cat at B`. */
export const nameOf = (subject: PanelSubject | undefined): string =>
  subject ? `${subject.name}${subject.place === "B" ? " at B" : ""}` : "";

/** A row as one sentence for screen readers. */
export function spoken(data: PanelData, unit: number): string {
  const { name, subjects, instances, divergence } = describe(data, unit, null);
  const parts = [
    name === null ? `unit ${unit}` : `unit ${unit}, ${name}`,
    ...subjects.map(({ subject, median, notes }) =>
      [`${nameOf(subject)}: median ${short(median)}`, ...notes].join(", "),
    ),
    ...instances.map(
      ({ name, mark, value }) => `instance ${mark.number}, ${name}: ${short(value)}`,
    ),
    ...(divergence ? [divergence] : []),
  ];
  return parts.join("; ");
}
