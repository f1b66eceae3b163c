/** Saving what a question shows: as table, drawing or picture. */

import * as state from "../../state";
import { type Cell, csv } from "../csv";
import { download, type Format, rasterised } from "../export";

export type Sheet = readonly (readonly Cell[])[];

/** What can be saved. */
export interface Savable {
  /** Of the file, without its ending. */
  readonly name: string;
  /** Tables that stand under one another, each with its head. */
  readonly tables: () => readonly Sheet[];
  /** The drawing as SVG text. */
  readonly drawing: () => string | Promise<string>;
}

/** Save in a format; where that fails the page says so. */
export function save(format: Format, savable: Savable): void {
  made(format, savable).then(
    (blob) => download(`${savable.name}.${format.toLowerCase()}`, blob),
    (error: unknown) => {
      state.status.value = `The ${format} could not be made: ${error}`;
    },
  );
}

async function made(format: Format, { tables, drawing }: Savable): Promise<Blob> {
  if (format === "CSV") {
    const rows = tables().flatMap((table, at) => [...(at ? [[]] : []), ...table]);
    return new Blob(["\ufeff", csv(rows)], { type: "text/csv" });
  }
  const text = await drawing();
  return format === "SVG" ? new Blob([text], { type: "image/svg+xml" }) : rasterised(text);
}
