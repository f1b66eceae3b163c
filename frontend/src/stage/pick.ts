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

/** The nearest dot in the direction of an arrow key, within 45° of it; null where there is none. */
export function dotTowards(
  key: string,
  from: Point,
  dots: ReadonlyMap<number, Point>,
): number | null {
  const direction = DIRECTIONS[key];
  if (!direction) return null;
  let [best, nearest] = [null as number | null, Number.POSITIVE_INFINITY];
  for (const [row, { x, y }] of dots) {
    const along = (x - from.x) * direction[0] + (y - from.y) * direction[1];
    const across = Math.abs((x - from.x) * direction[1] - (y - from.y) * direction[0]);
    if (along <= 0 || across > along) continue;
    if (along + across < nearest) [best, nearest] = [row, along + across];
  }
  return best;
}

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The key of the node that an event is at. */
export const keyAt = (target: EventTarget | null): string | null =>
  target instanceof Element
    ? (target.closest<HTMLElement>("[data-key]")?.dataset.key ?? null)
    : null;
