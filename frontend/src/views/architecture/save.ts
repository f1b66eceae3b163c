/** The architecture as a file. */

import type { Savable } from "../../plot/saving";
import type { Shade } from "./options";
import type { Picture } from "./picture";
import { architectureTable } from "./tables";

export const savableArchitecture = (pictures: readonly Picture[], shade: Shade): Savable => ({
  name: "architecture",
  caption: pictures.map(({ model, moment }) => `${model.run}, step ${moment.step}`).join(" · "),
  tables: () =>
    pictures.map((picture) => {
      const { head, rows } = architectureTable(picture, shade);
      return [[`${picture.model.run}, step ${picture.moment.step}`], head, ...rows];
    }),
});
