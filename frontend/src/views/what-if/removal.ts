/** Ablated units: sorted, filtered, and what came of it in words. */

import type { Ablation, Ablations, AblationsOf, Model } from "../../api/schema";
import { FEW, percent, shareText } from "../../model/format";
import { className, subsetName } from "../../model/names";
import { drawable, type Interval } from "../../model/scale";
import { hasLabels } from "../../model/scores";
import { range } from "../../plot/paths";
import type { RemovalOrder } from "./options";

/** The subset that was asked for, else the first of those shown that has an answer, else the first. */
export function chosenSubset(
  { subsets }: Ablations,
  wanted: string | null,
  shown: readonly string[],
): AblationsOf | null {
  const find = (key: string | null) => subsets.find(({ subset }) => subset === key);
  const known = shown.find((key) => find(key));
  return find(wanted) ?? find(known ?? null) ?? subsets[0] ?? null;
}

/** What a row is sorted by; the largest comes first. */
const KEYS: Readonly<Record<Exclude<RemovalOrder, "unit">, (row: Ablation) => number>> = {
  measured: ({ measured }) => measured ?? Number.NEGATIVE_INFINITY,
  predicted: ({ predicted }) => predicted ?? Number.NEGATIVE_INFINITY,
  error: ({ measured, predicted }) =>
    predicted === null || measured === null
      ? Number.NEGATIVE_INFINITY
      : Math.abs(measured - predicted),
  accuracy: ({ inputs, correct, correctAfter }) => (correct - correctAfter) / inputs,
};

/** Rows of a layer, or of all, in an order; `unit` keeps layers in the model's order. */
export function ordered(
  rows: readonly Ablation[],
  layer: string | null,
  order: RemovalOrder,
  layers: readonly string[],
): readonly Ablation[] {
  const kept = rows.filter((row) => layer === null || row.layer === layer);
  if (order === "unit") {
    const place = new Map(layers.map((name, at) => [name, at]));
    const at = (name: string) => place.get(name) ?? layers.length;
    return kept.toSorted((one, other) => at(one.layer) - at(other.layer) || one.unit - other.unit);
  }
  const key = KEYS[order];
  return kept.toSorted((one, other) => key(other) - key(one));
}

/** The change of a logit when it falls by `fall`, with its sign: `−2.1`, `+0.3`. */
export function changeText(fall: number | null): string {
  if (fall === null || !Number.isFinite(fall)) return "–";
  const text = Math.abs(fall).toFixed(2);
  if (Number(text) === 0) return "0";
  return `${fall > 0 ? "−" : "+"}${text}`;
}

/** The changes of a class's logit that an axis must hold, 0 among them, and a little beyond them. */
export function changes(rows: readonly Ablation[]): Interval {
  const values = rows.flatMap(({ predicted, measured }) => [-(predicted ?? 0), -(measured ?? 0)]);
  const [low, high] = range([...values, 0]);
  const room = 0.04 * (high - low);
  return drawable([low < 0 ? low - room : 0, high > 0 ? high + room : 0]);
}

/** `.94 → .88`: the accuracy with all units in place and after the ablation. */
export function accuracyText({ inputs, correct, correctAfter }: Ablation): string {
  return `${shareText(correct / inputs, inputs)} → ${shareText(correctAfter / inputs, inputs)}`;
}

/** `.88`: the share of the model's predictions that stay after the ablation. */
export const keptText = ({ inputs, correctAfter }: Ablation): string =>
  shareText(correctAfter / inputs, inputs);

/** What a table of ablated units is of. */
export function removalSentence(
  model: Model,
  { subset, inputs, correct, rows }: AblationsOf,
  replacement: Ablations["replacement"],
): string {
  const name = subsetName(model, subset);
  const few = inputs < FEW ? " (few)" : "";
  const of = hasLabels(model)
    ? `${name}: ${inputs.toLocaleString("en")} inputs${few}, ${percent(correct / inputs)} of them predicted correctly.`
    : `${inputs.toLocaleString("en")} inputs${few} without labels that are predicted as ${name}.`;
  const by = replacement === "mean" ? "its mean activation" : "zero";
  return `${of} One unit at a time is replaced by ${by}. ${rows.length.toLocaleString("en")} ablations were measured: the largest predicted effects, and any that were asked for.`;
}

/** How well the prediction does on the rows that were measured: Pearson's correlation; NaN below three rows. */
export function agreement(rows: readonly Ablation[]): number {
  const pairs = rows.flatMap(({ predicted, measured }) =>
    predicted !== null && measured !== null ? [[predicted, measured] as const] : [],
  );
  if (pairs.length < 3) return Number.NaN;
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [one, other] = [mean(pairs.map(([x]) => x)), mean(pairs.map(([, y]) => y))];
  const sum = (of: (x: number, y: number) => number) =>
    pairs.reduce((total, [x, y]) => total + of(x - one, y - other), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}

/** The class that most more inputs are predicted as after an ablation. */
export const takenText = (model: Model, takenFor: number | null): string =>
  takenFor === null ? "–" : className(model, takenFor);
