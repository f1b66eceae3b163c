/** Geometry of the map of the classes: from the map's own coordinates to the screen, and labels on it. */

import { range } from "../chart";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A place on the map in the units that it fits its frame in: −1 to 1 along the longer side. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How far one has zoomed in, and which place is in the middle. */
export interface Camera {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Camera = { zoom: 1, x: 0, y: 0 };
const MOST_ZOOM = 100;
const LEAST_ZOOM = 0.5;
const MARGIN = 24;

/** Places `[rows]` out of coordinates `[rows, 2]`, fit to −1 to 1; null for a class that is not on the map. */
export function fitted(xy: Float32Array): readonly (Point | null)[] {
  const rows = Array.from({ length: xy.length / 2 }, (_, row) => ({
    x: xy[2 * row] ?? Number.NaN,
    y: xy[2 * row + 1] ?? Number.NaN,
  }));
  const there = rows.filter(isFinitePoint);
  const [left, right] = range(there.map(({ x }) => x));
  const [bottom, top] = range(there.map(({ y }) => y));
  const half = Math.max(right - left, top - bottom) / 2 || 1;
  const [middle, centre] = [(left + right) / 2, (bottom + top) / 2];
  return rows.map((point) =>
    isFinitePoint(point) ? { x: (point.x - middle) / half, y: (point.y - centre) / half } : null,
  );
}

const isFinitePoint = ({ x, y }: Point): boolean => Number.isFinite(x) && Number.isFinite(y);

/** Pixels a unit of the map. */
export const scaleOf = ({ width, height }: Size, { zoom }: Camera): number =>
  Math.max(8, Math.min(width, height) / 2 - MARGIN) * zoom;

export function toScreen({ x, y }: Point, size: Size, camera: Camera): Point {
  const scale = scaleOf(size, camera);
  return {
    x: size.width / 2 + (x - camera.x) * scale,
    y: size.height / 2 - (y - camera.y) * scale,
  };
}

export function fromScreen({ x, y }: Point, size: Size, camera: Camera): Point {
  const scale = scaleOf(size, camera);
  return {
    x: camera.x + (x - size.width / 2) / scale,
    y: camera.y - (y - size.height / 2) / scale,
  };
}

/** Zoom by a factor, with the place under `at` (pixels) staying there. */
export function zoomed(camera: Camera, factor: number, at: Point, size: Size): Camera {
  const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, camera.zoom * factor));
  const under = fromScreen(at, size, camera);
  const now = fromScreen(at, size, { ...camera, zoom });
  return { zoom, x: camera.x + under.x - now.x, y: camera.y + under.y - now.y };
}

/** Drag the map by pixels. */
export function panned(camera: Camera, by: Point, size: Size): Camera {
  const scale = scaleOf(size, camera);
  return { ...camera, x: camera.x - by.x / scale, y: camera.y + by.y / scale };
}

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Label extends Rectangle {
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

/** Rectangles right of, left of, above and below a dot. */
function beside({ at, radius, width }: Wanted): [Rectangle, ...Rectangle[]] {
  const box = (left: number, top: number): Rectangle => ({
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

const within = ({ left, top, right, bottom }: Rectangle, { width, height }: Size): boolean =>
  left >= 0 && top >= 0 && right <= width && bottom <= height;

const overlap = (one: Rectangle, other: Rectangle): boolean =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom;

function pushedIn(box: Rectangle, { width, height }: Size): Rectangle {
  const across = Math.max(0, Math.min(box.left, width - (box.right - box.left))) - box.left;
  const down = Math.max(0, Math.min(box.top, height - LABEL_HEIGHT)) - box.top;
  return {
    left: box.left + across,
    top: box.top + down,
    right: box.right + across,
    bottom: box.bottom + down,
  };
}

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
