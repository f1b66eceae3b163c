/** The classes of a model, with what is known of each, and in which order they are listed. */

import { ofModel, type Request, request } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { Metrics, Similarity } from "../../api/types";
import { type Hues, withHue } from "../../model/hues";
import { lastStep, nearestEarlier } from "../../model/moments";
import { parseKey, subsetName } from "../../model/names";
import { type Score, scoresAt } from "../../model/scores";
import type { ShownSubset } from "../../model/shown";

export interface ClassRow {
  readonly key: string;
  readonly name: string;
  /** What to search the web for; null where it has no name of its own. */
  readonly query: string | null;
  /** At the moment; null where no metrics are recorded. */
  readonly inputs: number | null;
  /** Accuracy, or the mean absolute error of a regression; NaN where it is not known. */
  readonly score: number;
  /** Shares of the inputs by the predicted class's probability, in equal bins of [0, 1]. */
  readonly probability: readonly number[];
  /** Of its activation counts to those of the class chosen; NaN where it is not known. */
  readonly similarity: number;
  /** Both ends of its interval; NaN where it is not known. */
  readonly alike: readonly [low: number, high: number];
}

export const SORTS = ["similarity", "highest", "lowest", "name", "inputs"] as const;
export type ClassSort = (typeof SORTS)[number];

const KINDS = ["class", "target", "predicted"] as const;

/** Keys of the classes; of a model without labels those of the predicted classes. */
export function classKeys(model: Model): readonly string[] {
  const known = [...new Set([...model.subsets, ...model.moments, ...(model.graph?.subsets ?? [])])];
  const parsed = known.map((key) => ({ key, ...parseKey(key) }));
  const ofKind = (kind: string) =>
    parsed
      .filter((one) => one.kind === kind && one.slice === null)
      .sort((one, other) => (one.index ?? 0) - (other.index ?? 0))
      .map(({ key }) => key);
  return KINDS.map(ofKind).find((keys) => keys.length > 0) ?? [];
}

/** What is known of each class at `step`. */
export function classRows(
  model: Model,
  step: number,
  metrics: Metrics | null,
  similarity: Similarity | null,
): readonly ClassRow[] {
  const scores = metrics ? scoresAt(metrics, step, model.task === "regression") : new Map();
  const cosineRows = new Map(similarity?.meta.rows.map((key, row) => [key, row]));
  const cosineOf = (key: string, of: "similarity" | "low" | "high"): number =>
    similarity?.arrays[of].data[cosineRows.get(key) ?? -1] ?? Number.NaN;
  const metricRows = new Map(metrics?.meta.rows.map((key, row) => [key, row]));
  const predicted = metrics ? predictedAt(metrics, step) : new Map<string, number>();
  return classKeys(model).map((key) => {
    const score: Score | undefined = scores.get(key);
    const inputs = score?.inputs ?? predicted.get(key) ?? null;
    return {
      key,
      name: subsetName(model, key),
      query: queryOf(model, key),
      inputs,
      score: score?.value ?? Number.NaN,
      probability: shares(metrics, metricRows.get(key)),
      similarity: inputs === 0 ? Number.NaN : cosineOf(key, "similarity"),
      alike: [cosineOf(key, "low"), cosineOf(key, "high")],
    };
  });
}

/** The class's name without what tells equal ones apart; numbers are no names. */
function queryOf({ classes }: Model, key: string): string | null {
  const { kind, index } = parseKey(key);
  const name = kind === "target" ? "" : (classes[index ?? -1] ?? "").trim();
  return /\p{L}/u.test(name) ? name : null;
}

/** Inputs predicted as each class, by `predicted:` key. */
function predictedAt({ arrays, meta }: Metrics, step: number): ReadonlyMap<string, number> {
  const from = Math.max(0, nearestEarlier(meta.steps, step)) * meta.rows.length;
  return new Map(
    meta.rows.map((key, row) => [
      key.replace(/^class:/, "predicted:"),
      arrays.predicted.data[from + row] ?? 0,
    ]),
  );
}

function shares(metrics: Metrics | null, row: number | undefined): readonly number[] {
  if (!metrics || row === undefined) return [];
  const { data, shape } = metrics.arrays.probability;
  const bins = shape[1] ?? 0;
  const counts = [...data.subarray(row * bins, (row + 1) * bins)];
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / (total || 1));
}

/** Rows in the chosen order; equal ones by index, those without a number last. */
export function sortedRows(rows: readonly ClassRow[], sort: ClassSort): readonly ClassRow[] {
  if (sort === "name")
    return rows.toSorted((one, other) =>
      one.name.localeCompare(other.name, undefined, { numeric: true }),
    );
  const [sign, value] = MEASURES[sort];
  const rank = (row: ClassRow) => {
    const found = value(row);
    return Number.isFinite(found) ? sign * found : Number.POSITIVE_INFINITY;
  };
  const ranks = new Map(rows.map((row) => [row, rank(row)]));
  return rows.toSorted((one, other) => {
    const [first = 0, second = 0] = [ranks.get(one), ranks.get(other)];
    return first === second ? 0 : first - second;
  });
}

const MEASURES: Readonly<
  Record<Exclude<ClassSort, "name">, readonly [sign: 1 | -1, value: (row: ClassRow) => number]>
> = {
  similarity: [-1, (row) => row.similarity],
  highest: [-1, (row) => row.score],
  lowest: [1, (row) => row.score],
  inputs: [-1, (row) => row.inputs ?? Number.NaN],
};

/** The shown subsets with `key` in the first one's place. */
export function withFirst(
  shown: readonly ShownSubset[],
  key: string,
  model: Model,
  hues: Hues,
): readonly ShownSubset[] {
  const known = shown.find((subset) => subset.key === key);
  const others = shown.slice(1).filter((subset) => subset !== known);
  return [known ?? withHue(key, model, hues, others), ...others];
}

/** The shown subsets with `key` in the second one's place, or without it where it was there. */
export function withSecond(
  shown: readonly ShownSubset[],
  key: string,
  model: Model,
  hues: Hues,
): readonly ShownSubset[] {
  const others = shown.filter((subset) => subset.key !== key);
  if (others.length < shown.length) return others.length > 0 ? others : shown;
  const kept = shown.filter((_, place) => place !== 1);
  return [...kept.slice(0, 1), withHue(key, model, hues, kept), ...kept.slice(1)];
}

/** The metrics of a step; at the last step the question is the one that the rail asks. */
export const metricsAt = (model: Model, step: number): Request<Metrics> =>
  request("metrics", { ...ofModel(model), step: step === lastStep(model) ? null : step });
