/** A panel's rows as they are drawn, for painter, export and tests alike. */

import { UNMATCHED } from "../../api/types";
import type { Diverging } from "../../model/color";
import { ratioText, short } from "../../model/format";
import { at, type PanelData } from "../../model/histograms/panel";
import { TELLING } from "../../model/histograms/sorting";
import { shortName } from "../../model/names";
import type { Scale } from "../../model/scale";
import { type RowShape, rowShape } from "./layout";
import { type Mark, rowMarks } from "./marks";

/** The columns at the right of a row. */
export interface Columns {
  /** Measured distance over its noise floor. */
  readonly ratio: string;
  /** `1.8 σ`, or words where the distance cannot be told from noise. */
  readonly distance: string;
  readonly telling: boolean;
  /** Whether there is a distance at all. */
  readonly known: boolean;
}

export interface Row {
  readonly unit: number;
  /** The unit's index, and that of the unit matched to it in another run. */
  readonly label: string;
  /** What the unit is called, if anything, as short as fits. */
  readonly name: string | null;
  readonly marked: boolean;
  readonly height: number;
  readonly scale: Scale;
  readonly marks: readonly Mark[];
  readonly columns: Columns | null;
}

/** How the rows of a panel are made; `shapes` for plain and for marked rows. */
export interface RowStyle {
  readonly shape: RowShape;
  readonly magnified: RowShape;
  readonly scales: (unit: number) => Scale;
  readonly diverging: Diverging | null;
  readonly marked: ReadonlySet<number>;
}

/** The shapes of plain and of marked rows. */
export const rowShapes = (lanes: readonly (readonly number[])[]) => ({
  shape: rowShape(lanes, false),
  magnified: rowShape(lanes, true),
});

export function rowPicture(data: PanelData, unit: number, style: RowStyle): Row {
  const marked = style.marked.has(unit);
  const shape = marked ? style.magnified : style.shape;
  const scale = style.scales(unit);
  return {
    unit,
    label: labelOf(data, unit),
    name: nameOf(data, unit),
    marked,
    height: shape.height,
    scale,
    marks: rowMarks(data, unit, shape, scale, style.diverging),
    columns: columnsOf(data, unit),
  };
}

/** Characters of a name that there is room for. */
const LONGEST_NAME = 15;

function nameOf({ names }: PanelData, unit: number): string | null {
  const name = names.get(unit);
  return name === undefined ? null : shortName(name, LONGEST_NAME);
}

/** `62`, or `62↔17` where a subject of another run has its unit 17 matched to it. */
export function labelOf({ histograms, subjects }: PanelData, unit: number): string {
  const other = subjects.findIndex(({ found }) => found.identity === "matched");
  if (other < 0) return String(unit);
  const match = histograms.unit.data[at(histograms, other, unit)] ?? UNMATCHED;
  return match === UNMATCHED ? `${unit}↔–` : `${unit}↔${match}`;
}

export function columnsOf({ divergence }: PanelData, unit: number): Columns | null {
  if (!divergence) return null;
  const ratio = divergence.ratio[unit] ?? Number.NaN;
  const distance = divergence.wasserstein[unit] ?? Number.NaN;
  if (Number.isNaN(distance))
    return { ratio: "–", distance: "no data", telling: false, known: false };
  const telling = ratio >= TELLING;
  const digits = Math.abs(distance) >= 1 ? 2 : 1;
  return {
    ratio: ratioText(ratio),
    distance: telling ? `${short(distance, digits)} σ` : "noise",
    telling,
    known: true,
  };
}
