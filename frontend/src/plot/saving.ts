/** Files for people to keep: what a view shows as table, drawing and picture. */

import type { Format } from "../ui/Exports";
import { csv, type Sheet } from "./csv";
import { drawnOnScreen } from "./onScreen";

/** What can be saved. */
export interface Savable {
  /** Of the file, without its ending. */
  readonly name: string;
  /** What stands above what is on screen: of which run and step it is. */
  readonly caption?: string;
  /** Tables that stand under one another, each with its head. */
  readonly tables: () => readonly Sheet[];
}

/** The file in a format; `element` is what shows it. */
export async function fileOf(
  format: Format,
  { caption, tables }: Savable,
  element: Element,
): Promise<Blob> {
  if (format === "CSV") {
    const rows = tables().flatMap((table, at) => [...(at ? [[]] : []), ...table]);
    return new Blob(["\ufeff", csv(rows)], { type: "text/csv" });
  }
  const text = await drawnOnScreen(element, caption ?? "", format === "SVG");
  return format === "SVG" ? new Blob([text], { type: "image/svg+xml" }) : rasterised(text);
}

/** An SVG document as PNG, two pixels a unit. */
async function rasterised(text: string): Promise<Blob> {
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
