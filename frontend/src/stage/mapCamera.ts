/**
 * Which part of a map is in sight. Places on a map are in the units that it fits its frame in: −1 to 1 along
 * the longer side, y upwards.
 */

import { range } from "../plot/paths";
import type { Point, Size } from "./geometry";

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
