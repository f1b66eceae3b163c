/** How well the model does on a subset, read from the class metrics. */

import type { Model } from "../api/schema";
import type { Metrics } from "../api/types";
import { nearestEarlier } from "./moments";
import { parseKey } from "./names";

export interface Score {
  /** Accuracy, or the mean absolute error of a regression; NaN without inputs. */
  readonly value: number;
  readonly inputs: number;
  /** The same at all steps. */
  readonly history: readonly number[];
  /** Position of the present step in `history`. */
  readonly at: number;
}

/**
 * Whether inputs are recorded with labels of their own. Without, what is recorded against predictions says
 * how many of them stay, and nothing about how good they are.
 */
export const hasLabels = ({ recorded }: Pick<Model, "recorded">): boolean =>
  (recorded.class_metrics?.length ?? 0) > 0;

/** What a score is called: of a class with several labels an input, a share of its inputs is the recall. */
export function scoreName(task: Model["task"]): string {
  if (task === "regression") return "mean absolute error";
  return task === "multilabel" ? "recall" : "accuracy";
}

/** The score of each row of the metrics at `step` or nearest before. */
export function scoresAt(
  metrics: Metrics,
  step: number,
  regression: boolean,
): ReadonlyMap<string, Score> {
  const { arrays, meta } = metrics;
  const count = meta.rows.length;
  const at = Math.max(0, nearestEarlier(meta.steps, step));
  const right = regression ? arrays.absolute_error.data : arrays.correct.data;
  return new Map(
    meta.rows.map((key, row) => {
      const history = meta.steps.map((_, record) => {
        const place = record * count + row;
        return (right[place] ?? Number.NaN) / (arrays.inputs.data[place] ?? 0);
      });
      return [
        key,
        {
          value: history[at] ?? Number.NaN,
          inputs: arrays.inputs.data[at * count + row] ?? 0,
          history,
          at,
        },
      ];
    }),
  );
}

/** Inputs seen at a step, those with a label, and of these those predicted correctly. */
export function overall({ arrays, meta }: Metrics, step: number) {
  const at = Math.max(0, nearestEarlier(meta.steps, step));
  const rows = meta.rows.flatMap((key, row) => (parseKey(key).kind === "class" ? row : []));
  const sum = ({ data }: Metrics["arrays"]["inputs"]) =>
    rows.reduce((total, row) => total + (data[at * meta.rows.length + row] ?? 0), 0);
  return { total: meta.total[at] ?? 0, inputs: sum(arrays.inputs), right: sum(arrays.correct) };
}

/**
 * How many inputs of each row were predicted as the class `key` or the other way round; without a `key`, how
 * many were predicted as any other class.
 */
export function confusions(metrics: Metrics, key: string | null): ReadonlyMap<string, number> {
  const { rows } = metrics.meta;
  const { data, shape } = metrics.arrays.confusion;
  const columns = shape[1] ?? 0;
  const chosen = key === null ? -1 : rows.indexOf(key);
  const taken = (row: number, column: number) => data[row * columns + column] ?? 0;
  const others = (row: number) =>
    Array.from({ length: columns }, (_, column) =>
      column === row ? 0 : taken(row, column),
    ).reduce((sum, n) => sum + n, 0);
  return new Map(
    rows.map((name, row) => {
      if (columns === 0) return [name, 0];
      if (chosen < 0) return [name, others(row)];
      return [
        name,
        row === chosen ? Number.POSITIVE_INFINITY : taken(row, chosen) + taken(chosen, row),
      ];
    }),
  );
}
