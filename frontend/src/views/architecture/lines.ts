/** Lines through corners. */

import type { Point } from "../../stage/geometry";

const RADIUS = 8;

/** An SVG path through points, its corners rounded. */
export function pathThrough(points: readonly Point[]): string {
  const [first, ...others] = points;
  if (!first) return "";
  const parts = others.map((point, at) => {
    const [before, after] = [points[at] as Point, others[at + 1]];
    if (!after) return `L${fixed(point)}`;
    return `L${fixed(towards(point, before))}Q${fixed(point)} ${fixed(towards(point, after))}`;
  });
  return [`M${fixed(first)}`, ...parts].join("");
}

/** A little way from a corner to another one. */
function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length > 0 ? Math.min(RADIUS, length / 2) / length : 0;
  return { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
}

const fixed = ({ x, y }: Point): string => `${Number(x.toFixed(1))} ${Number(y.toFixed(1))}`;
