/** Which part of the picture is in sight: a place `p` of it is at `p * zoom + (x, y)` of the frame. */

import type { Box, Point, Size } from "./geometry";

export interface Camera {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

const LEAST = 0.1;
const MOST = 3.5;
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

/** Zoom by a factor; what is at `at` of the frame stays there. */
export function zoomed(camera: Camera, factor: number, { x, y }: Point): Camera {
  const zoom = bounded(camera.zoom * factor);
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

const bounded = (zoom: number): number => Math.min(MOST, Math.max(LEAST, zoom));

/**
 * Where a card goes, in pixels of the window: beside the graph, on the side nearer to what it is about,
 * so that it covers none of it; where there is no room for that, beside what it is about.
 */
export function cardPlace(
  card: Size,
  about: Point,
  [left, right]: readonly [number, number],
  window: Size,
  off: number,
): Point {
  const fits = (x: number) => x >= 4 && x + card.width <= window.width - 4;
  const sides = [left - MARGIN - card.width, right + MARGIN].filter(fits);
  const distance = (x: number) => Math.abs(x + card.width / 2 - about.x);
  const [free] = sides.sort((one, other) => distance(one) - distance(other));
  const beside = [about.x + off + MARGIN, about.x - off - MARGIN - card.width].find(fits);
  const y = Math.min(about.y - card.height / 2, window.height - card.height - 4);
  return { x: free ?? beside ?? 4, y: Math.max(4, y) };
}
