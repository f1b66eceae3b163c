/** What a pointer or an arrow key means among dots. */

import type { Point } from "./geometry";
import type { Label } from "./labels";

/** How far the pointer may be from a dot, in pixels. */
const REACH = 10;

/** The dot nearest to the pointer, or the one whose label is under it; null where there is none. */
export function dotAt(
  pointer: Point,
  dots: ReadonlyMap<number, Point>,
  shown: readonly Label[],
): number | null {
  let [best, nearest] = [null as number | null, REACH];
  for (const [row, { x, y }] of dots) {
    const distance = Math.hypot(x - pointer.x, y - pointer.y);
    if (distance < nearest) [best, nearest] = [row, distance];
  }
  if (best !== null) return best;
  const under = ({ left, top, right, bottom }: Label) =>
    pointer.x >= left && pointer.x <= right && pointer.y >= top && pointer.y <= bottom;
  return shown.find(under)?.row ?? null;
}

/** By arrow key, the direction on a screen. */
export const DIRECTIONS: Readonly<Record<string, Point>> = {
  ArrowRight: { x: 1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowDown: { x: 0, y: 1 },
  ArrowUp: { x: 0, y: -1 },
};

/**
 * The nearest of some places in a direction, within 45° of it: what lies aside counts `aside` times as far as
 * what lies along it. Null where there is none.
 */
export function nearestTowards<K>(
  places: Iterable<readonly [K, Point]>,
  from: Point,
  way: Point,
  aside = 1,
): K | null {
  let [best, nearest] = [null as K | null, Number.POSITIVE_INFINITY];
  for (const [key, { x, y }] of places) {
    const along = (x - from.x) * way.x + (y - from.y) * way.y;
    const across = Math.abs((x - from.x) * way.y - (y - from.y) * way.x);
    if (along <= 0 || across > along) continue;
    const far = along + aside * across;
    if (far < nearest) [best, nearest] = [key, far];
  }
  return best;
}

/** The key of the node that an event is at. */
export const keyAt = (target: EventTarget | null): string | null =>
  target instanceof Element
    ? (target.closest<HTMLElement>("[data-key]")?.dataset.key ?? null)
    : null;
