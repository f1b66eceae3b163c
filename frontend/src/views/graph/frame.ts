/** What the frame of a graph keeps free, how large the graph is, and how it is first seen. */

import { max, median, min } from "d3-array";
import type { Room } from "../../stage/camera";
import type { Box } from "../../stage/geometry";
import type { Band, GraphLayout } from "./layout";
import { CAPTION, type GraphScene, LARGEST, NUMBER, sideOf } from "./scene";

/** Room in the frame for the names of rows below one another, and of rows side by side. */
export const ROW_NAMES = 144;
export const ROW_HEADS = 52;
/** Room for the names of what is compared, over the columns or beside them. */
export const BAND_NAMES = 28;

/** Pixels that the side of a graph's median node has at least before anybody zooms. */
const LEGIBLE = 29;

/** The picture's edges. */
export function boxOf({ across, bands, rows }: GraphLayout): Box {
  const half = LARGEST / 2;
  const [from, to] = [
    min(bands, (band: Band) => band.from) ?? 0,
    max(bands, (band) => band.to) ?? 0,
  ];
  const [first, last] = [min(rows) ?? 0, max(rows) ?? 0];
  if (across)
    return {
      left: first - half,
      right: last + half,
      top: from - NUMBER,
      bottom: to,
    };
  return { left: from, right: to, top: first - half - CAPTION, bottom: last + half };
}

/** The room for a graph; where it is too large to be legible as a whole, its output is seen first. */
export function roomOf({ nodes, largest }: GraphScene, { across, rows, bands }: GraphLayout): Room {
  const sides = [...nodes.values()].map(({ value }) => Math.round(sideOf(value, largest)));
  const output = rows[0] ?? 0;
  const names = bands.length > 1 ? BAND_NAMES : 0;
  return {
    left: across ? names : ROW_NAMES,
    top: across ? ROW_HEADS : BAND_NAMES,
    enlarged: 1.5,
    reach: LARGEST / 2,
    legible: LEGIBLE / (median(sides) ?? LARGEST),
    first: across ? { x: output, y: 0 } : { x: 0, y: output },
  };
}
