/** Where rows are, between two slices of two lists of places; the shaders compute the same. */

/** Positions `[slices, rows, 2]`: a slice is a layer of a map, or a step of a trail. */
export interface Positions {
  readonly xy: Float32Array;
  readonly slices: number;
  readonly rows: number;
}

/** Stands for a place that is not known. */
export const NOWHERE = 1e30;

/**
 * What is drawn at a moment of a motion. It is changed in place, frame by frame: between the lists `from`
 * and `to` by `across`, and in each between the slices `slice` and `next` by `along`, all 0 to 1.
 */
export interface Field {
  from: Positions;
  to: Positions;
  across: number;
  slice: number;
  next: number;
  along: number;
}

/** A point that is written into. */
export interface MutablePoint {
  x: number;
  y: number;
}

/** A field at rest. */
export const resting = (places: Positions, slice = 0): Field => ({
  from: places,
  to: places,
  across: 0,
  slice,
  next: slice,
  along: 0,
});

/** Write where a row is into `spot`; false where that is not known. `fixed` is a slice to stay at, or -1. */
export function locate(field: Field, row: number, spot: MutablePoint, fixed = -1): boolean {
  const slice = fixed < 0 ? field.slice : fixed;
  const next = fixed < 0 ? field.next : fixed;
  spot.x = mixed(field, slice, next, row, 0);
  spot.y = mixed(field, slice, next, row, 1);
  return spot.x < NOWHERE;
}

function mixed(field: Field, slice: number, next: number, row: number, axis: 0 | 1): number {
  const { from, to, across, along } = field;
  const one = between(value(from, slice, row, axis), value(from, next, row, axis), along);
  if (from === to) return one;
  const other = between(value(to, slice, row, axis), value(to, next, row, axis), along);
  return between(one, other, across);
}

function value({ xy, rows, slices }: Positions, slice: number, row: number, axis: 0 | 1): number {
  if (row >= rows || slice >= slices) return NOWHERE;
  return xy[2 * (slice * rows + row) + axis] ?? NOWHERE;
}

/** What is known at one end alone stays there. */
const between = (a: number, b: number, t: number): number =>
  a >= NOWHERE ? b : b >= NOWHERE ? a : a + (b - a) * t;
