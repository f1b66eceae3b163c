/** What share of a subject's inputs each bin holds, and how opaque that makes it. */

import { min } from "d3-array";
import { FAINTEST } from "../color";
import { type Interval, largest, NOWHERE } from "../scale";

/** The histograms of one row: for each subject its counts, on one lattice. */
export interface RowCounts {
  readonly start: number;
  readonly width: number;
  /** A subject's count in each bin. */
  readonly counts: readonly ArrayLike<number>[];
  /** Inputs of each subject; shares are of these, so that subjects of different n compare. */
  readonly inputs: readonly number[];
}

/** A run of neighbouring bins drawn as one, and the mean share of the inputs in one of its bins. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** The largest mean share of any subject in any run of bins: what is drawn fully opaque. */
export const peak = ({ counts, inputs }: RowCounts, runs: readonly Interval[]): number =>
  largest(
    counts.flatMap((row, subject) =>
      shares(row, inputs[subject] ?? 0, runs).map(({ share }) => share),
    ),
  );

/**
 * Opacity of a share: it rises with the square root, so that wide distributions do not fade, to `1` at the
 * row's peak, from where colours can still be told.
 */
export const opacity = (share: number, peakShare: number): number =>
  share > 0 ? FAINTEST + (1 - FAINTEST) * Math.sqrt(Math.min(1, share / peakShare)) : 0;

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
 * How many neighbouring bins are joined, a power of two: few inputs in many bins would be a scatter of
 * single inputs, so there are at most 3√n bins, n being the inputs of the smallest subject.
 */
export function coarseness(row: RowCounts): number {
  const smallest = min(row.inputs.filter((n) => n > 0)) ?? Number.POSITIVE_INFINITY;
  const [low, high] = extent(row);
  const most = Math.max(4, 3 * Math.sqrt(smallest));
  let group = 1;
  while ((high - low) / row.width / group > most) group *= 2;
  return group;
}

/**
 * Bins of a row joined in groups of `group`, and further until each is at least a pixel wide.
 *
 * Groups begin at multiples of their own width, so that zero is always an edge. `edge(b)` is the pixel
 * of the left edge of bin `b`; edges must not decrease.
 */
export function joined(
  { start, width, counts }: RowCounts,
  group: number,
  edge: (bin: number) => number,
): Interval[] {
  const bins = counts[0]?.length ?? 0;
  const first = Math.round(start / width);
  const runs: Interval[] = [];
  let from = 0;
  for (let to = 1; to <= bins; to++) {
    const whole = (first + to) % group === 0 && edge(to) - edge(from) >= 1;
    if (whole || to === bins) {
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
