/** What a person has drawn around. */

import type { MutablePoint } from "../../gl/field";

/** A closed outline, its corners `[x, y, x, y, …]`. */
export type Outline = readonly number[];

/** Whether a point lies inside, by the number of edges that a ray to the right crosses. */
export function isInside(outline: Outline, { x, y }: MutablePoint): boolean {
  let inside = false;
  const count = outline.length;
  for (let at = 0, before = count - 2; at < count; before = at, at += 2) {
    const [x1 = 0, y1 = 0] = [outline[at], outline[at + 1]];
    const [x0 = 0, y0 = 0] = [outline[before], outline[before + 1]];
    const crosses = y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0);
    if (crosses) inside = !inside;
  }
  return inside;
}

/** The outline of the rectangle between two corners. */
export const boxed = (x0: number, y0: number, x1: number, y1: number): Outline => [
  x0,
  y0,
  x1,
  y0,
  x1,
  y1,
  x0,
  y1,
];
