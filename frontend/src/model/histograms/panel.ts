/** What a panel shows: plain data, laid over what the backend answered. */

import type { DistributionSubject } from "../../api/schema";
import { type Distributions, UNMATCHED } from "../../api/types";
import {
  type Interval,
  NOWHERE,
  position,
  type Scale,
  type ScaleKind,
  scaleOver,
  span,
} from "../scale";
import type { InstanceMark, Slot } from "../shown";
import { coarseness, extent, joined, type RowCounts } from "./density";
import { DEAD, type SortSource } from "./sorting";

export type Histograms = Distributions["arrays"];

/** What is needed of a subject to give it a lane: its moment, and its subset's key. */
export interface Placed {
  readonly place: Slot;
  readonly key: string;
}

/** One subject of a panel: hue says the subset, texture the moment. */
export interface PanelSubject extends Placed {
  readonly name: string;
  readonly colour: string;
  /** What the backend found for it. */
  readonly found: DistributionSubject;
}

/** One instance at one moment, with its activation of every unit. */
export interface PanelInstance {
  readonly place: Slot;
  readonly name: string;
  readonly mark: InstanceMark;
  readonly values: ArrayLike<number>;
}

/** How far two subjects, given by their indices, differ unit by unit. */
export interface PanelDivergence {
  readonly of: number;
  readonly from: number;
  readonly wasserstein: Float32Array;
  readonly ratio: Float32Array;
  readonly jensenShannon: Float32Array;
  readonly kolmogorovSmirnov: Float32Array;
}

export interface PanelData {
  readonly layer: string;
  readonly type: string;
  readonly histograms: Histograms;
  readonly subjects: readonly PanelSubject[];
  readonly instances: readonly PanelInstance[];
  readonly divergence: PanelDivergence | null;
  /** Of the units that have one. */
  readonly names: ReadonlyMap<number, string>;
  /** Units that are 0 on every input at A. */
  readonly dead: ReadonlySet<number>;
}

export const unitsOf = ({ counts }: Histograms): number => counts.shape[1] ?? 0;
export const binsOf = ({ counts }: Histograms): number => counts.shape[2] ?? 0;

/** Position of `[subject, unit]` in the flat arrays. */
export const at = (histograms: Histograms, subject: number, unit: number): number =>
  subject * unitsOf(histograms) + unit;

/** A subject's counts in the bins of a unit. */
export function countsOf(histograms: Histograms, subject: number, unit: number): ArrayLike<number> {
  const bins = binsOf(histograms);
  const from = at(histograms, subject, unit) * bins;
  return histograms.counts.data.subarray(from, from + bins);
}

/** The five quantiles (5, 25, 50, 75, 95 %) of a subject's unit. */
export function quantilesOf(histograms: Histograms, subject: number, unit: number): Float32Array {
  const from = 5 * at(histograms, subject, unit);
  return histograms.quantiles.data.subarray(from, from + 5);
}

/** `[units]` medians of a subject. */
export const mediansOf = (histograms: Histograms, subject: number): Float64Array =>
  Float64Array.from(
    { length: unitsOf(histograms) },
    (_, unit) => quantilesOf(histograms, subject, unit)[2] ?? Number.NaN,
  );

/** Inputs of a subject that the unit was seen on: none where the unit is unmatched. */
export function inputsOf(
  { histograms, subjects }: PanelData,
  subject: number,
  unit: number,
): number {
  const unmatched = histograms.unit.data[at(histograms, subject, unit)] === UNMATCHED;
  return unmatched ? 0 : (subjects[subject]?.found.inputs ?? 0);
}

/** Share of a subject's inputs on which a unit is exactly 0; NaN without inputs. */
export const zeroShare = (data: PanelData, subject: number, unit: number): number =>
  (data.histograms.zero.data[at(data.histograms, subject, unit)] ?? 0) /
  (inputsOf(data, subject, unit) || Number.NaN);

/** The row of a unit: all subjects' counts. */
export function rowOf(data: PanelData, unit: number): RowCounts {
  const { histograms, subjects } = data;
  return {
    start: histograms.start.data[unit] ?? 0,
    width: histograms.width.data[unit] ?? 1,
    counts: subjects.map((_, subject) => countsOf(histograms, subject, unit)),
    inputs: subjects.map((_, subject) => inputsOf(data, subject, unit)),
  };
}

/** The runs of bins that a row is drawn in, and the pixel of the left edge of a bin. */
export interface DrawnBins {
  readonly runs: readonly Interval[];
  readonly edge: (bin: number) => number;
}

export function drawnBins(row: RowCounts, scale: Scale): DrawnBins {
  const edge = (bin: number) => position(scale, row.start + bin * row.width);
  return { edge, runs: joined(row, coarseness(row), edge) };
}

/** Values that a unit's row must have room for: its bins, its exact zeros and its instances. */
export function domainOf(data: PanelData, unit: number): Interval {
  const { histograms, subjects, instances } = data;
  let domain = extent(rowOf(data, unit));
  if (subjects.some((_, subject) => histograms.zero.data[at(histograms, subject, unit)])) {
    domain = span(domain, [0, 0]);
  }
  for (const { values } of instances) {
    const value = values[unit] ?? Number.NaN;
    if (Number.isFinite(value)) domain = span(domain, [value, value]);
  }
  return domain;
}

export interface Axis {
  readonly kind: ScaleKind;
  readonly axis: "shared" | "own";
}

/** The scale of each unit's row: one for all, or one each. */
export function scalesOf(
  data: PanelData,
  { kind, axis }: Axis,
  range: Interval,
): (unit: number) => Scale {
  if (axis === "own") return (unit) => scaleOver(kind, domainOf(data, unit), range);
  let domain = NOWHERE;
  for (let unit = 0; unit < unitsOf(data.histograms); unit++) {
    domain = span(domain, domainOf(data, unit));
  }
  const scale = scaleOver(kind, domain, range);
  return () => scale;
}

/** What the panel's units can be sorted by. */
export function sortSource(data: PanelData): SortSource {
  const { histograms, subjects, instances, divergence, dead } = data;
  return {
    units: unitsOf(histograms),
    median: (place, key) => {
      const subject = subjects.findIndex((shown) => shown.place === place && shown.key === key);
      return subject < 0 ? undefined : mediansOf(histograms, subject);
    },
    activation: (place, instance) =>
      instances.find((shown) => shown.place === place && shown.mark.instance === instance)?.values,
    zeros: (place, key) => {
      const subject = subjects.findIndex((shown) => shown.place === place && shown.key === key);
      if (subject < 0) return undefined;
      return Float64Array.from({ length: unitsOf(histograms) }, (_, unit) =>
        dead.has(unit) ? DEAD : zeroShare(data, subject, unit),
      );
    },
    divergence: () => divergence ?? undefined,
  };
}
