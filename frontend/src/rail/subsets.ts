/** Which subsets are listed, and in which order. */

import type { Model } from "../api/schema";
import { parseKey, subsetName } from "../model/names";
import type { Score } from "../model/scores";

export const ORDERS = ["recorded", "name", "score", "confusion"] as const;
export type Order = (typeof ORDERS)[number];

export interface Row {
  readonly key: string;
  readonly name: string;
  /** Whether it has histograms, so that it can be shown. */
  readonly recorded: boolean;
}

export interface Measures {
  readonly scores: ReadonlyMap<string, Score>;
  readonly confusion: ReadonlyMap<string, number> | null;
  /** Whether scores are errors, of which larger ones are worse. */
  readonly regression: boolean;
}

const KINDS = ["all", "class", "target", "error", "slice", "predicted", "unlabelled"];

/** All subsets with histograms, and the classes without, whose score is still of interest; by kind. */
export function subsetRows(model: Model): readonly Row[] {
  const known = new Set(model.subsets);
  const kind = (key: string) => KINDS.indexOf(parseKey(key).kind);
  const scored = model.moments.filter((key) => !known.has(key) && parseKey(key).kind === "class");
  return [...model.subsets, ...scored]
    .toSorted((one, other) => kind(one) - kind(other))
    .map((key) => ({ key, name: subsetName(model, key), recorded: known.has(key) }));
}

/**
 * Rows in the chosen order, `all` before any other. By score and by confusion the worst come first, since
 * that is what one looks for, and those without a number last.
 */
export function arranged(rows: readonly Row[], order: Order, measures: Measures): readonly Row[] {
  const all = (row: Row) => Number(row.key === "all");
  return rows.toSorted(
    (one, other) => all(other) - all(one) || compare(one, other, order, measures),
  );
}

function compare(one: Row, other: Row, order: Order, measures: Measures): number {
  if (order === "recorded") return 0;
  if (order === "name") return one.name.localeCompare(other.name, undefined, { numeric: true });
  const [first, second] = [one, other].map(({ key }) => badness(key, order, measures));
  return first === second ? 0 : (second ?? 0) - (first ?? 0);
}

function badness(key: string, order: Order, { scores, confusion, regression }: Measures): number {
  if (order === "confusion") return confusion?.get(key) ?? -1;
  const value = scores.get(key)?.value ?? Number.NaN;
  if (Number.isNaN(value)) return Number.NEGATIVE_INFINITY;
  return regression ? value : -value;
}
