/** The maps as files. */

import { sheetOf } from "../../plot/columns";
import type { Savable } from "../../plot/saving";
import { placeText, sideTitle } from "./describe";
import { columnsOf, rowsOf } from "./drawn";
import type { Playhead } from "./playhead";
import type { SideFacts } from "./scene";

export const savableMap = (
  sides: readonly SideFacts[],
  playhead: Playhead,
  chosen: ReadonlySet<number>,
): Savable => ({
  name: "projection",
  caption: sides
    .map((side) => {
      const place = placeText(playhead.layer, (at) => side.now.layers[at] ?? "");
      return `${sideTitle(side)} · ${place}`;
    })
    .join(" · "),
  tables: () => [
    sheetOf(
      columnsOf(playhead, chosen),
      sides.flatMap((side) => rowsOf(side, playhead)),
    ),
  ],
});
