/** What the frame of a graph keeps free, and how large the graph is. */

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
    left: Math.min(...bands.map(({ left }) => left)),
    right: Math.max(...bands.map(({ right }) => right)),
    top: (rows[0] ?? 0) - LARGEST / 2 - CAPTION,
    bottom: (rows.at(-1) ?? 0) + LARGEST / 2,
  };
}
