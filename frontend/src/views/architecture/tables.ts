/** The layers as a table. */

import type { ArchitectureLayer } from "../../api/schema";
import type { Cell, Table } from "../../plot/csv";
import type { Shade } from "./options";
import type { Picture } from "./picture";
import { SHADE_NAMES, shapeText, type Told, toldOf } from "./shade";

export interface Line {
  readonly layer: ArchitectureLayer;
  readonly place: number;
  readonly fedBy: readonly string[];
  readonly told: Told;
}

/** All layers, in the order of execution. */
export function linesOf({ architecture: { layers, links }, numbers }: Picture): readonly Line[] {
  const fedBy = new Map<string, string[]>();
  for (const [producer, consumer] of links)
    fedBy.set(consumer, [...new Set([...(fedBy.get(consumer) ?? []), producer])]);
  return layers.map((layer, place) => ({
    layer,
    place,
    fedBy: fedBy.get(layer.name) ?? [],
    told: toldOf({ kind: "layer", key: layer.name, label: layer.name, layers: [layer] }, numbers),
  }));
}

export const COLUMNS = ["#", "layer", "type", "shape", "units", "parameters", "fed by"] as const;
export type Column = (typeof COLUMNS)[number] | "value";

/** What a line has in a column. */
export function cellOf({ layer, place, fedBy, told }: Line, column: Column): Cell {
  switch (column) {
    case "#":
      return place + 1;
    case "layer":
      return layer.name;
    case "type":
      return layer.type;
    case "shape":
      return shapeText(layer.shape);
    case "units":
      return layer.units;
    case "parameters":
      return layer.parameters ?? Number.NaN;
    case "fed by":
      return fedBy.join(", ");
    case "value":
      return told.value;
  }
}

/** Lines in the order of a column; what is not known comes last either way. */
export function sorted(
  lines: readonly Line[],
  column: Column,
  descending: boolean,
): readonly Line[] {
  const sign = descending ? -1 : 1;
  return lines.toSorted((one, other) => {
    const [a, b] = [cellOf(one, column), cellOf(other, column)];
    if (typeof a === "string" || typeof b === "string")
      return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
    const missing = Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return missing || sign * (a - b) || one.place - other.place;
  });
}

/** For files: with the numbers of all steps. */
export function architectureTable(picture: Picture, shade: Shade): Table {
  const steps = shade === "none" ? [] : picture.numbers.series.steps;
  return {
    head: [
      ...COLUMNS,
      ...(shade === "none" ? [] : [SHADE_NAMES[shade]]),
      ...steps.map((step) => `step ${step}`),
    ],
    rows: linesOf(picture).map((line) => [
      ...COLUMNS.map((column) => cellOf(line, column)),
      ...(shade === "none" ? [] : [line.told.value]),
      ...(shade === "none" ? [] : line.told.history),
    ]),
  };
}
