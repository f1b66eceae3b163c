/** Where instances are drawn, in rows and columns. */

import { locate, resting, type Spot } from "../../gl/field";
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
  const spot: Spot = { x: 0, y: 0 };
  return side.from.shown.flatMap((instance) =>
    locate(field, instance, spot) ? [{ instance, x: spot.x, y: spot.y }] : [],
  );
}

const HEAD: readonly Cell[] = [
  "moment", "run", "model", "step", "next step", "between steps", "layer", "next layer",
  "between layers", "method", "instance", "name", "true class", "predicted as", "probability",
  "selected", "x", "y",
]; // biome-ignore format: a table's head

/** All that is drawn, exactly where it is drawn. */
export function drawnTable(
  sides: readonly (MappedSide & { readonly facts: Facts })[],
  playhead: Playhead,
  chosen: ReadonlySet<number>,
): readonly (readonly Cell[])[] {
  const rows = sides.flatMap((side) => {
    const { place, model, from, to, facts } = side;
    const slice = Math.min(Math.floor(playhead.layer), from.layers.length - 1);
    const next = Math.min(slice + 1, from.layers.length - 1);
    const where: readonly Cell[] = [
      place,
      model.run,
      model.model,
      from.answer.meta.step,
      to.answer.meta.step,
      from === to ? 0 : playhead.t,
      from.layers[slice] ?? "",
      from.layers[next] ?? "",
      playhead.layer - slice,
      from.quality[slice]?.method ?? "",
    ];
    return drawnRows(side, playhead).map(({ instance, x, y }): readonly Cell[] => {
      const { name, truth, said } = described(instance, facts);
      const sure = guess(facts.predictions, instance)?.probability ?? Number.NaN;
      const who = [instance, name, truth ?? "", said?.name ?? "", sure];
      return [...where, ...who, chosen.has(instance) ? 1 : 0, x, y];
    });
  });
  return [HEAD, ...rows];
}
