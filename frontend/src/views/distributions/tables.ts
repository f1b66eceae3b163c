/** A panel as a table: one row a unit, in the order shown. */

import { nameOf } from "../../model/histograms/describe";
import { at, type PanelData, quantilesOf } from "../../model/histograms/panel";
import type { Cell } from "../../plot/csv";

const QUANTILES = ["5 %", "25 %", "median", "75 %", "95 %"] as const;

/** Header and rows of a panel; `order` lists units as they are sorted. */
export function panelTable(data: PanelData, order: readonly number[]): Cell[][] {
  return [header(data), ...order.map((unit, rank) => unitCells(data, unit, rank + 1))];
}

function header({ subjects, instances, divergence }: PanelData): Cell[] {
  const ofSubjects = subjects.flatMap((subject) => {
    const name = `${nameOf(subject)} (${subject.found.run}, step ${subject.found.step})`;
    const what = [
      "unit",
      "correlation",
      "inputs",
      "mean",
      "sd",
      ...QUANTILES,
      "zero",
      "below",
      "above",
      "NaN",
      "infinite",
    ];
    return what.map((column) => `${name}: ${column}`);
  });
  const ofInstances = instances.map(({ name, place }) => `${name}${place === "B" ? " at B" : ""}`);
  const ofDivergence = divergence
    ? ["W1 (pooled sd)", "R", "Jensen-Shannon (bit)", "Kolmogorov-Smirnov"].map(
        (column) =>
          `${nameOf(subjects[divergence.of])} against ${nameOf(subjects[divergence.from])}: ${column}`,
      )
    : [];
  return ["layer", "rank", "unit", "name", ...ofDivergence, ...ofSubjects, ...ofInstances];
}

function unitCells(data: PanelData, unit: number, rank: number): Cell[] {
  const { layer, histograms, subjects, instances, divergence, names } = data;
  const number = (values: ArrayLike<number>, index: number) => values[index] ?? Number.NaN;
  const ofSubjects = subjects.flatMap(({ found }, subject) => {
    const place = at(histograms, subject, unit);
    const cell = ({ data: values }: { readonly data: ArrayLike<number> }) => number(values, place);
    const { unit: own, correlation, mean, std, zero, under, over, nan, infinite } = histograms;
    return [
      ...[own, correlation].map(cell),
      found.inputs,
      ...[mean, std].map(cell),
      ...quantilesOf(histograms, subject, unit),
      ...[zero, under, over, nan, infinite].map(cell),
    ];
  });
  const ofDivergence = divergence
    ? [
        divergence.wasserstein,
        divergence.ratio,
        divergence.jensenShannon,
        divergence.kolmogorovSmirnov,
      ].map((values) => number(values, unit))
    : [];
  return [
    layer,
    rank,
    unit,
    names.get(unit) ?? "",
    ...ofDivergence,
    ...ofSubjects,
    ...instances.map(({ values }) => number(values, unit)),
  ];
}
