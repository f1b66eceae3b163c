/** One unit's distribution over all steps, as columns of bins. */

import type { History } from "../api/types";
import {
  coarseness,
  extent,
  joined,
  opacity,
  peak,
  type RowCounts,
  shares,
} from "../model/histograms/density";
import { type Interval, position, type Scale, span } from "../model/scale";

/** A run of bins at a step that holds inputs. */
export interface Cell {
  readonly record: number;
  readonly bottom: number;
  readonly top: number;
  readonly opacity: number;
}

/** The history as a row whose subjects are the steps. */
export function asRow({ arrays, meta }: History): RowCounts {
  const { counts, zero, under, over, start, width } = arrays;
  const bins = counts.shape[1] ?? 0;
  const rows = meta.steps.map((_, record) =>
    counts.data.subarray(record * bins, (record + 1) * bins),
  );
  return {
    start: start.data[0] ?? 0,
    width: width.data[0] ?? 1,
    counts: rows,
    inputs: rows.map((row, record) => {
      const beside = [zero, under, over].map(({ data }) => data[record] ?? 0);
      return [...row, ...beside].reduce((total, count) => total + count, 0);
    }),
  };
}

/** Values between the first and the last bin filled at any step, and zero where it is a value. */
export function historyDomain(history: History): Interval {
  const domain = extent(asRow(history));
  return history.arrays.zero.data.some(Boolean) ? span(domain, [0, 0]) : domain;
}

/** The filled cells; opacity as in a panel's row, relative to the largest share at any step. */
export function cells(history: History, scale: Scale): Cell[] {
  const row = asRow(history);
  const y = (bin: number) => position(scale, row.start + bin * row.width);
  const runs = joined(row, coarseness(row), (bin) => -y(bin));
  const largest = peak(row, runs);
  return row.counts.flatMap((counts, record) => {
    const inputs = row.inputs[record] ?? 0;
    const bins = shares(counts, inputs, runs)
      .filter(({ share }) => share > 0)
      .map(({ from, to, share }) => ({
        record,
        bottom: y(from),
        top: y(to),
        opacity: opacity(share, largest),
      }));
    const zeros = history.arrays.zero.data[record] ?? 0;
    const zero = position(scale, 0);
    const line = {
      record,
      bottom: zero + 1,
      top: zero - 1,
      opacity: opacity(zeros / (inputs || 1), 1),
    };
    return zeros ? [...bins, line] : bins;
  });
}
