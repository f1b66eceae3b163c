/** What the frame of a graph keeps free, and how large the graph is. */

import { max, min } from "d3-array";
import type { Room } from "../../stage/camera";
import type { Box } from "../../stage/geometry";
import type { Layout } from "./layout";
import { LARGEST } from "./scene";

/** Room that the names of the rows take at the left, and those of the sides at the top, of the frame. */
export const ROW_NAMES = 144;
export const BAND_NAMES = 28;

/** Room above a node for its number and name, in the picture. */
export const CAPTION = 28;

export const GRAPH: Room = { left: ROW_NAMES, top: BAND_NAMES, enlarged: 1.5, reach: LARGEST / 2 };

/** The picture's edges. */
export function boxOf({ bands, rows }: Layout): Box {
  return {
    left: min(bands, ({ left }) => left) ?? 0,
    right: max(bands, ({ right }) => right) ?? 0,
    top: (rows[0] ?? 0) - LARGEST / 2 - CAPTION,
    bottom: (rows.at(-1) ?? 0) + LARGEST / 2,
  };
}
