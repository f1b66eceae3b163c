/** The architecture as a file. */

import { sheetOf } from "../../plot/columns";
import type { Savable } from "../../plot/saving";
import type { Shade } from "./options";
import type { ArchitecturePicture } from "./picture";
import { columnsOf, linesOf } from "./tables";

export const savableArchitecture = (
  pictures: readonly ArchitecturePicture[],
  shade: Shade,
): Savable => ({
  name: "architecture",
  caption: pictures.map(({ model, moment }) => `${model.run}, step ${moment.step}`).join(" · "),
  subject: "",
  tables: () =>
    pictures.map((picture) => {
      const { model, moment } = picture;
      const [head = [], ...rows] = sheetOf(columnsOf(picture, shade), linesOf(picture));
      return [["run", "step", ...head], ...rows.map((row) => [model.run, moment.step, ...row])];
    }),
});
