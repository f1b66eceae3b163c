/** Files for people to keep: what a view shows as table, drawing and picture. */

import type { Format } from "../ui/Exports";
import { type Cell, csv, type Sheet } from "./csv";
import { drawnOnScreen } from "./onScreen";

/** What can be saved. */
export interface Savable {
  /** What it is, at the beginning of the file's name. */
  readonly name: string;
  /** Of whom or what it is, in the file's name; by default the subsets shown. */
  readonly subject?: string;
  /** What stands above what is on screen: of which run and step it is. */
  readonly caption?: string;
  /** Each with its head; those with the same head are one, others are files of their own. */
  readonly tables: () => readonly Sheet[];
  /** What the files are called where there is more than one table. */
  readonly tableNames?: readonly string[];
}

/** A file, and what tells it from others that are saved with it. */
export interface SavedFile {
  readonly part: string;
  readonly blob: Blob;
}

/** The files in a format; `element` is what shows them. Each CSV holds one table. */
export async function filesOf(
  format: Format,
  { caption, tables, tableNames = [] }: Savable,
  element: Element,
): Promise<readonly SavedFile[]> {
  if (format === "CSV") {
    const found = merged(tables());
    return found.map((table, at) => ({
      part: found.length > 1 ? (tableNames[at] ?? String(at + 1)) : "",
      blob: new Blob(["\ufeff", csv(table)], { type: "text/csv" }),
    }));
  }
  const text = await drawnOnScreen(element, caption ?? "", format === "SVG");
  const svg = new Blob([text], { type: "image/svg+xml" });
  return [{ part: "", blob: format === "SVG" ? svg : await rasterised(text) }];
}

/** Tables with the same head under one another. */
export function merged(tables: readonly Sheet[]): readonly Sheet[] {
  const found = new Map<string, (readonly Cell[])[]>();
  for (const [head = [], ...rows] of tables) {
    const columns = csv([head]);
    found.set(columns, [...(found.get(columns) ?? [head]), ...rows]);
  }
  return [...found.values()];
}

/** The name of a file out of what it is, whose, and when: no system refuses it, and no shell parts it. */
export function fileName(parts: readonly string[], ending: string): string {
  const clean = parts.map((part) =>
    [...part.normalize("NFC").replace(/[^\p{L}\p{N}.+=-]+/gu, "-")]
      .slice(0, LONGEST_PART)
      .join("")
      .replace(/^[-.]+|[-.]+$/g, ""),
  );
  return `${clean.filter(Boolean).join("_")}.${ending}`;
}

/** Characters of a part of a file's name. */
const LONGEST_PART = 40;

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
