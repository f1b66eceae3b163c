/** What share of a subject's inputs each bin holds, and how opaque that makes it. */

import { type Interval, NOWHERE } from "./scale";

/** The histograms of one row: for each subject its counts, on one lattice. */
export interface RowCounts {
  readonly start: number;
  readonly width: number;
  /** A subject's count in each bin. */
  readonly counts: readonly ArrayLike<number>[];
  /** Inputs of each subject; shares are of these, so that subjects of different n compare. */
  readonly inputs: readonly number[];
}

/** A non-empty bin is never fainter than this: a single input stays visible. */
export const FAINTEST = 0.08;

/** A run of neighbouring bins drawn as one, and the mean share of the inputs in one of its bins. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** The largest share of any subject in any bin of the row: what is drawn fully opaque. */
export function peak({ counts, inputs }: RowCounts): number {
  let largest = 0;
  counts.forEach((row, subject) => {
    const n = inputs[subject] || 1;
    for (let bin = 0; bin < row.length; bin++) largest = Math.max(largest, (row[bin] ?? 0) / n);
  });
  return largest;
}

/** Opacity of a share: proportional to it, `1` at the row's peak. */
export const opacity = (share: number, peakShare: number): number =>
  share > 0 ? Math.max(FAINTEST, Math.min(1, share / peakShare)) : 0;

/** Values between the first and the last bin that any subject fills. */
export function extent({ start, width, counts }: RowCounts): Interval {
  let [first, last] = NOWHERE;
  for (const row of counts) {
    for (let bin = 0; bin < row.length; bin++) {
      if (row[bin]) {
        first = Math.min(first, bin);
        last = Math.max(last, bin);
      }
    }
  }
  return first <= last ? [start + first * width, start + (last + 1) * width] : NOWHERE;
}

/**
 * Bins joined with their right neighbours until each is at least a pixel wide.
 *
 * `edge(b)` is the pixel of the left edge of bin `b`; edges must not decrease.
 */
export function joined(bins: number, edge: (bin: number) => number): Interval[] {
  const runs: Interval[] = [];
  let from = 0;
  for (let to = 1; to <= bins; to++) {
    if (edge(to) - edge(from) >= 1 || to === bins) {
      runs.push([from, to]);
      from = to;
    }
  }
  return runs;
}

/** The mean share of a subject's inputs in a bin of each run. */
export function shares(row: ArrayLike<number>, inputs: number, runs: readonly Interval[]): Bin[] {
  return runs.map(([from, to]) => {
    let sum = 0;
    for (let bin = from; bin < to; bin++) sum += row[bin] ?? 0;
    return { from, to, share: inputs ? sum / inputs / (to - from) : 0 };
  });
}

/** A signed difference of shares, and whether it is larger than two of its standard errors. */
export interface Difference extends Bin {
  readonly telling: boolean;
}

/** A minus B for each run of bins: `share` is the difference of the mean shares of a bin. */
export function differences(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  inputs: readonly [number, number],
  runs: readonly Interval[],
): Difference[] {
  const [n, m] = inputs;
  const right = shares(b, m, runs);
  return shares(a, n, runs).map(({ from, to, share }, index) => {
    const bins = to - from;
    const other = right[index]?.share ?? 0;
    const difference = n && m ? share - other : 0;
    const pooled = Math.min(1, (bins * (share * n + other * m)) / (n + m || 1));
    const error = Math.sqrt(pooled * (1 - pooled) * (1 / (n || 1) + 1 / (m || 1)));
    return { from, to, share: difference, telling: Math.abs(difference) * bins > 2 * error };
  });
}
