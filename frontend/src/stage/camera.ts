/**
 * Which part of a picture is in sight: what is at `p` without a camera is at `p * zoom + (x, y)` with it, both in
 * pixels from the frame's corner, of maps from its middle.
 */

import type { Box, Point, Size } from "./geometry";

export interface Camera {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

/** The least and the largest zoom. */
export type Limits = readonly [number, number];

const LIMITS: Limits = [0.1, 3.5];
const MARGIN = 12;
/** What a frame keeps free, and how its picture is seen. */
export interface Room {
  /** Taken by names at the left and at the top. */
  readonly left: number;
  readonly top: number;
  /** Most that a small picture is enlarged by itself. */
  readonly enlarged: number;
  /** How far a thing reaches from its middle, in the picture. */
  readonly reach: number;
  /** The least zoom at which its things can be told; without it the whole is always seen first. */
  readonly legible?: number;
  /** What is seen first of a picture that is too large to be seen whole. */
  readonly first?: Point;
}

/** The whole picture in the middle. */
export function fitted(box: Box, { width, height }: Size, room: Room): Camera {
  const { left, top, right, bottom } = box;
  const [across, down] = [width - room.left - 2 * MARGIN, height - room.top - 2 * MARGIN];
  const zoom = bounded(Math.min(room.enlarged, across / (right - left), down / (bottom - top)));
  return {
    zoom,
    x: room.left + MARGIN + across / 2 - ((left + right) / 2) * zoom,
    y: room.top + MARGIN + down / 2 - ((top + bottom) / 2) * zoom,
  };
}

/** As it is seen before anybody zooms: whole, or where nothing could be told then, as much as can be. */
export function opened(box: Box, size: Size, room: Room): Camera {
  const whole = fitted(box, size, room);
  const zoom = bounded(Math.max(whole.zoom, Math.min(room.legible ?? 0, room.enlarged)));
  if (zoom === whole.zoom) return whole;
  const { x = 0, y = 0 } = room.first ?? {};
  return {
    zoom,
    x: within([box.left, box.right], x, zoom, [room.left + MARGIN, size.width - MARGIN]),
    y: within([box.top, box.bottom], y, zoom, [room.top + MARGIN, size.height - MARGIN]),
  };
}

type Span = readonly [low: number, high: number];

/** Where a picture starts so that it is in the middle of its frame, or that `first` is as far as it reaches. */
function within([low, high]: Span, first: number, zoom: number, [from, to]: Span): number {
  const middle = (from + to) / 2;
  if ((high - low) * zoom <= to - from) return middle - ((low + high) / 2) * zoom;
  return Math.min(from - low * zoom, Math.max(to - high * zoom, middle - first * zoom));
}

/** Zoom by a factor; what is at `at` of the frame stays there. */
export function zoomed(
  camera: Camera,
  factor: number,
  { x, y }: Point,
  limits: Limits = LIMITS,
): Camera {
  const zoom = bounded(camera.zoom * factor, limits);
  const by = zoom / camera.zoom;
  return { zoom, x: x - (x - camera.x) * by, y: y - (y - camera.y) * by };
}

export const panned = ({ zoom, x, y }: Camera, by: Point): Camera => ({
  zoom,
  x: x + by.x,
  y: y + by.y,
});

/** Moved as little as brings a place of the picture into sight. */
export function revealed(
  camera: Camera,
  { x, y }: Point,
  { width, height }: Size,
  room: Room,
): Camera {
  const off = room.reach * camera.zoom + MARGIN;
  const into = (at: number, low: number, high: number) =>
    Math.max(0, low - at) + Math.min(0, Math.max(low, high) - at);
  const [left, top] = [x * camera.zoom + camera.x, y * camera.zoom + camera.y];
  return panned(camera, {
    x: into(left, room.left + off, width - off),
    y: into(top, room.top + off, height - off),
  });
}

const bounded = (zoom: number, [least, most]: Limits = LIMITS): number =>
  Math.min(most, Math.max(least, zoom));

/** Farther from what it is about, a card would not be seen to belong to it. */
const FAR = 480;

/**
 * Where a card goes, in pixels of the window: beside the graph, on the side nearer to what it is about,
 * so that it covers none of it; where there is no room for that nearby, beside what it is about.
 */
export function cardPlace(
  card: Size,
  about: Point,
  [left, right]: readonly [number, number],
  window: Size,
  off: number,
): Point {
  const fits = (x: number) => x >= 4 && x + card.width <= window.width - 4;
  const distance = (x: number) => Math.abs(x + card.width / 2 - about.x);
  const sides = [left - MARGIN - card.width, right + MARGIN].filter(
    (x) => fits(x) && distance(x) <= FAR,
  );
  const [free] = sides.sort((one, other) => distance(one) - distance(other));
  const beside = [about.x + off + MARGIN, about.x - off - MARGIN - card.width].find(fits);
  const y = Math.min(about.y - card.height / 2, window.height - card.height - 4);
  return { x: free ?? beside ?? 4, y: Math.max(4, y) };
}
