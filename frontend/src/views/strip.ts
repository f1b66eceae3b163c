/** One unit's distribution over all steps, as columns of bins. */

import type { History } from "../types";
import { opacity } from "./density";
import { type Interval, NOWHERE, position, type Scale, span } from "./scale";

/** A bin at a step that holds inputs. */
export interface Cell {
  readonly record: number;
  readonly bottom: number;
  readonly top: number;
  readonly opacity: number;
}

/** Inputs with a value at each step. */
export function totals({ arrays, meta }: History): number[] {
  const bins = arrays.counts.shape[1] ?? 0;
  return meta.steps.map((_, record) => {
    let sum = 0;
    for (let bin = 0; bin < bins; bin++) sum += arrays.counts.data[record * bins + bin] ?? 0;
    for (const mass of [arrays.zero, arrays.under, arrays.over]) sum += mass.data[record] ?? 0;
    return sum;
  });
}

/** Values between the first and the last bin filled at any step, and zero where it is a value. */
export function historyDomain({ arrays }: History): Interval {
  const bins = arrays.counts.shape[1] ?? 0;
  const start = arrays.start.data[0] ?? 0;
  const width = arrays.width.data[0] ?? 1;
  let domain = NOWHERE;
  arrays.counts.data.forEach((count, index) => {
    const left = start + (index % bins) * width;
    if (count) domain = span(domain, [left, left + width]);
  });
  return arrays.zero.data.some(Boolean) ? span(domain, [0, 0]) : domain;
}

/** The filled cells; opacity is the share of the step's inputs, relative to the strip's largest. */
export function cells(history: History, scale: Scale): Cell[] {
  const { counts, start, width } = history.arrays;
  const bins = counts.shape[1] ?? 0;
  const inputs = totals(history);
  const share = (index: number) =>
    (counts.data[index] ?? 0) / (inputs[Math.floor(index / bins)] || 1);
  let largest = 0;
  for (let index = 0; index < counts.data.length; index++)
    largest = Math.max(largest, share(index));
  const edge = (bin: number) => position(scale, (start.data[0] ?? 0) + bin * (width.data[0] ?? 1));
  const found: Cell[] = [];
  for (let index = 0; index < counts.data.length; index++) {
    const part = share(index);
    const bin = index % bins;
    if (!part) continue;
    const [one, other] = [edge(bin), edge(bin + 1)];
    found.push({
      record: Math.floor(index / bins),
      bottom: Math.max(one, other),
      top: Math.min(one, other),
      opacity: opacity(part, largest),
    });
  }
  return found;
}
