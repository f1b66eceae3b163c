/** How good a model is: over the steps, class by class, and what it confuses. */

import type { Model } from "../../api/schema";
import type { Metrics } from "../../api/types";
import { nearestEarlier } from "../../model/moments";
import { keyIn, parseKey, subsetName } from "../../model/names";

/** A share of inputs, or a mean error, at each step. */
export interface Curve {
  readonly steps: readonly number[];
  readonly values: readonly number[];
  readonly inputs: readonly number[];
}

/** Of all inputs with a label: accuracy, recall, or the mean absolute error of a regression. */
export function overall({ arrays, meta }: Metrics, task: Model["task"]): Curve {
  const count = meta.rows.length;
  const sum = (data: ArrayLike<number>, record: number) =>
    meta.rows.reduce((total, _, row) => total + (data[record * count + row] || 0), 0);
  const good = task === "regression" ? arrays.absolute_error : arrays.correct;
  const inputs = meta.steps.map((_, record) => sum(arrays.inputs.data, record));
  const values = inputs.map((n, record) => sum(good.data, record) / n);
  return { steps: meta.steps, values, inputs };
}

/** The value at a step or the nearest before, and its place. */
export function valueAt({ steps, values, inputs }: Curve, step: number) {
  const at = nearestEarlier(steps, step);
  return { at, step: steps[at] ?? step, value: values[at] ?? Number.NaN, n: inputs[at] ?? 0 };
}

/** Ends of the 95 % interval of a share (Wilson 1927). */
export function wilson(share: number, n: number): readonly [number, number] {
  const z = 1.959964;
  const middle = (share * n + z ** 2 / 2) / (n + z ** 2);
  const half = (z * Math.sqrt(n * share * (1 - share) + z ** 2 / 4)) / (n + z ** 2);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Inputs of a class that are predicted as another. */
export interface Confused {
  readonly pair: readonly [truth: number, predicted: number];
  readonly names: readonly [truth: string, predicted: string];
  readonly count: number;
  /** Inputs of the true class. */
  readonly inputs: number;
  /** The same in what it is compared with; null where that is not known. */
  readonly before: { readonly count: number; readonly inputs: number } | null;
}

/** What a confusion matrix says of two classes by key, at the step that it is of. */
function cellOf(metrics: Metrics, truth: string, predicted: number) {
  const { rows, steps, step } = metrics.meta;
  const row = rows.indexOf(truth);
  const columns = metrics.arrays.confusion.shape[1] ?? 0;
  if (row < 0 || predicted >= columns) return null;
  const record = steps.indexOf(step);
  return {
    count: metrics.arrays.confusion.data[row * columns + predicted] ?? 0,
    inputs: metrics.arrays.inputs.data[record * rows.length + row] ?? 0,
  };
}

/** The most frequent confusions, with those of another model or step. */
export function confusedOf(
  model: Model,
  metrics: Metrics,
  other: { readonly model: Model; readonly metrics: Metrics } | null,
  most: number,
): readonly Confused[] {
  const columns = metrics.arrays.confusion.shape[1] ?? 0;
  const found = metrics.meta.rows.flatMap((key) => {
    const { kind, index, slice } = parseKey(key);
    if (kind !== "class" || index === null || slice !== null) return [];
    return Array.from({ length: columns }, (_, predicted) => {
      const cell = index === predicted ? null : cellOf(metrics, key, predicted);
      return cell && cell.count > 0 ? [{ key, index, predicted, ...cell }] : [];
    }).flat();
  });
  return found
    .toSorted((one, next) => next.count - one.count)
    .slice(0, most)
    .map(({ key, index, predicted, count, inputs }) => {
      const keys = [key, `class:${predicted}`].map(
        (one) => other && keyIn(one, model, other.model),
      );
      const [truth, as] = keys;
      const column = as ? parseKey(as).index : null;
      return {
        pair: [index, predicted],
        names: [subsetName(model, key), subsetName(model, `class:${predicted}`)],
        count,
        inputs,
        before: other && truth && column !== null ? cellOf(other.metrics, truth, column) : null,
      };
    });
}
