/** Which part of the picture is in sight: a place `p` of it is at `p * zoom + (x, y)` of the frame. */

import type { Layout, Point } from "./layout";
import { LARGEST } from "./scene";

export interface Camera {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const LEAST = 0.1;
const MOST = 3.5;
/** Room that the names of the rows take at the left, and those of the sides at the top, of the frame. */
export const ROW_NAMES = 136;
export const BAND_NAMES = 28;
const MARGIN = 12;
/** Room above a node for its number and name, in the picture. */
export const CAPTION = 28;

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The picture's edges. */
export function boxOf({ bands, rows }: Layout): Box {
  return {
    left: Math.min(...bands.map(({ left }) => left)),
    right: Math.max(...bands.map(({ right }) => right)),
    top: (rows[0] ?? 0) - LARGEST / 2 - CAPTION,
    bottom: (rows.at(-1) ?? 0) + LARGEST / 2,
  };
}

/** The whole picture in the middle, not enlarged. */
export function fitted({ left, top, right, bottom }: Box, { width, height }: Size): Camera {
  const [across, down] = [width - ROW_NAMES - 2 * MARGIN, height - BAND_NAMES - 2 * MARGIN];
  const zoom = bounded(Math.min(1, across / (right - left), down / (bottom - top)));
  return {
    zoom,
    x: ROW_NAMES + MARGIN + across / 2 - ((left + right) / 2) * zoom,
    y: BAND_NAMES + MARGIN + down / 2 - ((top + bottom) / 2) * zoom,
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
export function revealed(camera: Camera, { x, y }: Point, { width, height }: Size): Camera {
  const room = (LARGEST / 2) * camera.zoom + MARGIN;
  const into = (at: number, low: number, high: number) =>
    Math.max(0, low - at) + Math.min(0, Math.max(low, high) - at);
  const [left, top] = [x * camera.zoom + camera.x, y * camera.zoom + camera.y];
  return panned(camera, {
    x: into(left, ROW_NAMES + room, width - room),
    y: into(top, BAND_NAMES + room, height - room),
  });
}

const bounded = (zoom: number): number => Math.min(MOST, Math.max(LEAST, zoom));
