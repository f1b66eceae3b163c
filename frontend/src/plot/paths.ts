/** Geometry of small charts. */

import { type Interval, NOWHERE, span } from "../model/scale";

/** The interval of the finite values. */
export function range(values: Iterable<number>): Interval {
  let found = NOWHERE;
  for (const value of values) if (Number.isFinite(value)) found = span(found, [value, value]);
  return found;
}

/** SVG paths through finite points; a gap where a value is missing. */
export function linePath(xs: readonly number[], ys: readonly number[]): string {
  let open = false;
  return xs
    .map((x, index) => {
      const y = ys[index] ?? Number.NaN;
      const drawn = Number.isFinite(y);
      const command = drawn ? `${open ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}` : "";
      open = drawn;
      return command;
    })
    .join("");
}

/**
 * Where a step lies among recorded steps, in records: 2.5 is halfway between the third and the fourth.
 *
 * Steps outside are placed at the ends.
 */
export function recordOf(steps: readonly number[], step: number): number {
  const after = steps.findIndex((recorded) => recorded >= step);
  if (after < 0) return Math.max(0, steps.length - 1);
  if (after === 0) return 0;
  const before = steps[after - 1] ?? step;
  const next = steps[after] ?? step;
  return after - 1 + (step - before) / (next - before);
}
