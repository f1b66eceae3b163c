/**
 * Maps in their frames. Positions on a map are in the units that it fits its frame in: −1 to 1 along the longer side,
 * y upwards; a camera looks at them from the middle of the frame.
 */

import { range } from "../plot/paths";
import { type Camera, type Limits, zoomed } from "./camera";
import type { Point, Size } from "./geometry";

export const WHOLE: Camera = { zoom: 1, x: 0, y: 0 };
const LIMITS: Limits = [0.5, 100];
const MARGIN = 24;

/** Positions `[rows]` out of coordinates `[rows, 2]`, fit to −1 to 1; null for a class that is not on the map. */
export function normalised(xy: Float32Array): readonly (Point | null)[] {
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
  const [scale, middle] = [scaleOf(size, camera), middleOf(size)];
  return { x: middle.x + camera.x + x * scale, y: middle.y + camera.y - y * scale };
}

export function fromScreen({ x, y }: Point, size: Size, camera: Camera): Point {
  const [scale, middle] = [scaleOf(size, camera), middleOf(size)];
  return { x: (x - middle.x - camera.x) / scale, y: (middle.y + camera.y - y) / scale };
}

/** Zoom by a factor, with the place under `at` (pixels) staying there. */
export function zoomedMap(camera: Camera, factor: number, at: Point, size: Size): Camera {
  const middle = middleOf(size);
  return zoomed(camera, factor, { x: at.x - middle.x, y: at.y - middle.y }, LIMITS);
}

const middleOf = ({ width, height }: Size): Point => ({ x: width / 2, y: height / 2 });
