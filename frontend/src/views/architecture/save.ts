/** The architecture as a file. */

import type { Theme } from "../../model/color";
import type { Savable } from "../../plot/saving";
import { drawing } from "./drawing";
import type { Shade } from "./options";
import type { Picture } from "./picture";
import type { Scale } from "./shade";
import { architectureTable } from "./tables";

/** `notes` say more of the numbers. */
export function savableArchitecture(
  pictures: readonly Picture[],
  shade: Shade,
  scale: Scale,
  theme: Theme,
  notes: readonly string[],
): Savable {
  return {
    name: "architecture",
    tables: () =>
      pictures.map((picture) => {
        const { head, rows } = architectureTable(picture, shade);
        return [[`${picture.model.run}, step ${picture.moment.step}`], head, ...rows];
      }),
    drawing: () => drawing(pictures, shade, scale, theme, notes),
  };
}
