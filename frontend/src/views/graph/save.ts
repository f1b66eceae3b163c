/** Files for people to keep: the attribution graph as tables, drawing and picture. */

import type { Theme } from "../../color";
import { dataUrl } from "../../pictures";
import { csv } from "../csv";
import { download, type Format, rasterised } from "../export";
import { drawing } from "./drawing";
import type { Layout } from "./layout";
import { LARGEST, type Scene } from "./scene";
import { faceOf, type GraphedSubject } from "./subjects";
import { edgeTable, nodeTable, wholeName } from "./tables";

export async function saveGraph(
  format: Format,
  scene: Scene,
  layout: Layout,
  subjects: readonly GraphedSubject[],
  theme: Theme,
): Promise<void> {
  const name = `graph.${format.toLowerCase()}`;
  if (format === "CSV") {
    const tables = [
      nodeTable(scene, layout, subjects, wholeName),
      edgeTable(scene, subjects, wholeName),
    ];
    const rows = tables.flatMap(({ head, rows: cells }, at) => [
      ...(at ? [[]] : []),
      head,
      ...cells,
    ]);
    download(name, new Blob(["\ufeff", csv(rows)], { type: "text/csv" }));
    return;
  }
  const pictures = new Map(
    [...scene.nodes.values()].flatMap((node): [string, string][] => {
      const crop = faceOf(node, subjects);
      return crop ? [[node.key, dataUrl(crop, 2 * LARGEST)]] : [];
    }),
  );
  const text = drawing({ scene, layout, subjects, pictures, theme });
  const blob =
    format === "SVG" ? new Blob([text], { type: "image/svg+xml" }) : await rasterised(text);
  download(name, blob);
}
