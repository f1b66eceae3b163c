/** Where instances are drawn, in rows and columns. */

import { locate, type MutablePoint, resting } from "../../gl/field";
import type { Column, Columns } from "../../plot/columns";
import type { Cell } from "../../plot/csv";
import { type Facts, guess } from "./colouring";
import { described } from "./describe";
import type { Playhead } from "./playhead";
import { pose } from "./stage";
import type { MappedSide } from "./useMaps";

export interface DrawnRow {
  readonly instance: number;
  readonly x: number;
  readonly y: number;
}

/** The places of a side's instances at the playhead. */
export function drawnRows(side: MappedSide, playhead: Playhead): readonly DrawnRow[] {
  const field = { ...resting(side.from.places), to: side.to.places };
  pose(field, playhead);
  const spot: MutablePoint = { x: 0, y: 0 };
  return side.from.shown.flatMap((instance) =>
    locate(field, instance, spot) ? [{ instance, x: spot.x, y: spot.y }] : [],
  );
}

type Side = MappedSide & { readonly facts: Facts };

/** A row with whose map it is on. */
export interface PlacedRow extends DrawnRow {
  readonly side: Side;
}

export const rowsOf = (side: Side, playhead: Playhead): readonly PlacedRow[] =>
  drawnRows(side, playhead).map((row) => ({ ...row, side }));

/** What is drawn, exactly where it is drawn; files say where the map stands between layers and steps. */
export function columnsOf(playhead: Playhead, chosen: ReadonlySet<number>): Columns<PlacedRow> {
  const slice = ({ from }: Side) => Math.min(Math.floor(playhead.layer), from.layers.length - 1);
  const layer = (side: Side, on: number) =>
    side.from.layers[Math.min(slice(side) + on, side.from.layers.length - 1)] ?? "";
  const inFile = (name: string, of: (side: Side) => Cell): Column<PlacedRow> => ({
    name,
    head: null,
    value: ({ side }) => of(side),
  });
  const who = ({ instance, side }: PlacedRow) => described(instance, side.facts);
  return [
    inFile("moment", ({ place }) => place),
    inFile("run", ({ model }) => model.run),
    inFile("model", ({ model }) => model.model),
    inFile("step", ({ from }) => from.answer.meta.step),
    inFile("next step", ({ to }) => to.answer.meta.step),
    inFile("between steps", ({ from, to }) => (from === to ? 0 : playhead.t)),
    inFile("layer", (side) => layer(side, 0)),
    inFile("next layer", (side) => layer(side, 1)),
    inFile("between layers", (side) => playhead.layer - slice(side)),
    inFile("method", (side) => side.from.quality[slice(side)]?.method ?? ""),
    { name: "selected", value: ({ instance }) => (chosen.has(instance) ? 1 : 0) },
    { name: "instance", head: null, value: ({ instance }) => instance },
    { name: "name", value: (row) => who(row).name },
    { name: "true class", value: (row) => who(row).truth ?? "" },
    {
      name: "predicted as",
      value: (row) => who(row).said?.name ?? "",
      class: (row) => (who(row).isWrong ? "is-wrong" : ""),
    },
    {
      name: "probability",
      value: ({ instance, side }) =>
        guess(side.facts.predictions, instance)?.probability ?? Number.NaN,
      show: (row) => who(row).said?.probability,
    },
    { name: "x", value: ({ x }) => x },
    { name: "y", value: ({ y }) => y },
  ];
}
