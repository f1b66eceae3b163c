/** Files for people to keep: the panels as table, drawing and picture. */

import { INK, type Theme } from "../color";
import { type Cell, csv } from "./csv";
import type { Picture, Scene, Stage } from "./stage";
import { MOST_ROWS, type Sheet, svg } from "./svg";
import { panelTable } from "./tables";

export type Format = "CSV" | "SVG" | "PNG";

/** Save what the stages show; units go out in the order shown, drawings at most `MOST_ROWS` of them. */
export async function save(
  format: Format,
  stages: readonly Stage[],
  theme: Theme,
  sharedAxis: boolean,
): Promise<void> {
  const name = `distributions.${format.toLowerCase()}`;
  const scenes = stages.flatMap(({ scene }) => (scene ? [scene] : []));
  if (format === "CSV") {
    const tables = scenes.map(({ data, layout }) =>
      panelTable(data, [...layout.pinned, ...layout.body]),
    );
    download(name, new Blob(["\ufeff", csv(joined(tables))], { type: "text/csv" }));
    return;
  }
  const sheets = stages.flatMap((stage): Sheet[] => {
    const { scene } = stage;
    if (!scene) return [];
    const rows = format === "PNG" ? stage.picture().rows : firstRows(stage, scene);
    return [{ scene, rows, sharedAxis }];
  });
  const text = svg(sheets, INK[theme]);
  const blob =
    format === "SVG" ? new Blob([text], { type: "image/svg+xml" }) : await rasterised(text);
  download(name, blob);
}

function firstRows(stage: Stage, { layout }: Scene): Picture["rows"] {
  const units = [...layout.pinned, ...layout.body].slice(0, MOST_ROWS);
  return units.flatMap((unit) => {
    const row = stage.row(unit);
    return row ? [{ ...row, top: 0 }] : [];
  });
}

/** Tables under one another, an empty line between them. */
const joined = (tables: readonly Cell[][][]): Cell[][] =>
  tables.flatMap((table, index) => (index ? [[], ...table] : table));

/** An SVG document as PNG, two pixels a unit. */
export async function rasterised(text: string): Promise<Blob> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) =>
        blob ? resolve(blob) : reject(new Error("this browser cannot write PNG")),
      ),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Have the browser save a file. */
export function download(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
