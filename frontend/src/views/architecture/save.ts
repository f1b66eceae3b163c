/** Files for people to keep: the architecture as table, drawing and picture. */

import type { Theme } from "../../color";
import type { Shade } from "../../viewOptions";
import { csv } from "../csv";
import { download, type Format, rasterised } from "../export";
import { drawing } from "./drawing";
import type { Picture } from "./picture";
import type { Scale } from "./shade";
import { architectureTable } from "./tables";

export async function saveArchitecture(
  format: Format,
  pictures: readonly Picture[],
  shade: Shade,
  scale: Scale,
  theme: Theme,
): Promise<void> {
  const name = `architecture.${format.toLowerCase()}`;
  if (format === "CSV") {
    const rows = pictures.flatMap((picture, at) => {
      const { head, rows: cells } = architectureTable(picture, shade);
      const about = `${picture.model.run}, step ${picture.moment.step}`;
      return [...(at ? [[]] : []), [about], head, ...cells];
    });
    download(name, new Blob(["\ufeff", csv(rows)], { type: "text/csv" }));
    return;
  }
  const text = drawing(pictures, shade, scale, theme);
  const blob =
    format === "SVG" ? new Blob([text], { type: "image/svg+xml" }) : await rasterised(text);
  download(name, blob);
}
