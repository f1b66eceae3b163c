/** The layers as a table. */

import type { ArchitectureLayer } from "../../api/schema";
import type { Column, Columns } from "../../plot/columns";
import type { Shade } from "./options";
import type { ArchitecturePicture } from "./picture";
import { SHADE_NAMES, type ShadeValue, shadeValueOf, shapeText } from "./shade";
import { parametersOf } from "./tree";

export interface Line {
  readonly layer: ArchitectureLayer;
  readonly place: number;
  readonly fedBy: readonly string[];
  readonly told: ShadeValue;
}

/** All layers, in the order of execution. */
export function linesOf({
  architecture: { layers, links },
  numbers,
}: ArchitecturePicture): readonly Line[] {
  const fedBy = new Map<string, string[]>();
  for (const [producer, consumer] of links)
    fedBy.set(consumer, [...new Set([...(fedBy.get(consumer) ?? []), producer])]);
  return layers.map((layer, place) => ({
    layer,
    place,
    fedBy: fedBy.get(layer.name) ?? [],
    told: shadeValueOf(
      { kind: "layer", key: layer.name, label: layer.name, layers: [layer] },
      numbers,
    ),
  }));
}

/** Columns of the layers; files have the numbers of all steps, too. */
export function columnsOf({ numbers }: ArchitecturePicture, shade: Shade): Columns<Line> {
  const shown: Columns<Line> = [
    { name: "#", value: ({ place }) => place + 1 },
    { name: "layer", value: ({ layer }) => layer.name },
    { name: "type", value: ({ layer }) => layer.type },
    { name: "shape", value: ({ layer }) => shapeText(layer.shape) },
    { name: "units", value: ({ layer }) => layer.units },
    { name: "parameters", value: ({ layer }) => parametersOf({ layers: [layer] }) ?? Number.NaN },
    { name: "fed by", value: ({ fedBy }) => fedBy.join(", ") },
  ];
  if (shade === "none") return shown;
  return [
    ...shown,
    { name: SHADE_NAMES[shade], value: ({ told }) => told.value },
    ...numbers.series.steps.map(
      (step, at): Column<Line> => ({
        name: `step ${step}`,
        head: null,
        value: ({ told }) => told.history[at] ?? Number.NaN,
      }),
    ),
  ];
}
