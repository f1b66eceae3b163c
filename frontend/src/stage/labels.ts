/** Labels beside dots, where there is room. */

import type { Box, Point, Size } from "./geometry";

export interface Label extends Box {
  readonly row: number;
}

/** A dot that wants a label; those that come first get theirs. */
export interface Wanted {
  readonly row: number;
  /** In pixels. */
  readonly at: Point;
  readonly radius: number;
  readonly width: number;
  /** Labelled even where it covers others. */
  readonly must: boolean;
}

export const LABEL_HEIGHT = 14;
const GAP = 3;

/**
 * Labels beside their dots that cover neither one another nor other wanted dots and do not leave the frame;
 * what finds no room has none.
 */
export function labels(wanted: readonly Wanted[], size: Size): readonly Label[] {
  const placed: Label[] = [];
  const dots = wanted.map(({ at: { x, y }, radius }) => ({
    left: x - radius,
    top: y - radius,
    right: x + radius,
    bottom: y + radius,
  }));
  for (const one of wanted) {
    const free = beside(one).find(
      (box) => within(box, size) && ![...placed, ...dots].some((other) => overlap(box, other)),
    );
    const box = free ?? (one.must ? pushedIn(beside(one)[0], size) : undefined);
    if (box) placed.push({ row: one.row, ...box });
  }
  return placed;
}

/** Boxs right of, left of, above and below a dot. */
function beside({ at, radius, width }: Wanted): [Box, ...Box[]] {
  const box = (left: number, top: number): Box => ({
    left,
    top,
    right: left + width,
    bottom: top + LABEL_HEIGHT,
  });
  const off = radius + GAP;
  const middle = at.y - LABEL_HEIGHT / 2;
  return [
    box(at.x + off, middle),
    box(at.x - off - width, middle),
    box(at.x - width / 2, at.y - off - LABEL_HEIGHT),
    box(at.x - width / 2, at.y + off),
  ];
}

const within = ({ left, top, right, bottom }: Box, { width, height }: Size): boolean =>
  left >= 0 && top >= 0 && right <= width && bottom <= height;

const overlap = (one: Box, other: Box): boolean =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom;

function pushedIn(box: Box, { width, height }: Size): Box {
  const across = Math.max(0, Math.min(box.left, width - (box.right - box.left))) - box.left;
  const down = Math.max(0, Math.min(box.top, height - LABEL_HEIGHT)) - box.top;
  return {
    left: box.left + across,
    top: box.top + down,
    right: box.right + across,
    bottom: box.bottom + down,
  };
}
