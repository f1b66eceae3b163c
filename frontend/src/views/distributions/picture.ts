/** A panel's rows as they are drawn, for painter, export and tests alike. */

import { UNMATCHED } from "../../api/types";
import type { Diverging } from "../../model/color";
import { percent, ratioText, short } from "../../model/format";
import { at, domainOf, type PanelData, zeroShare } from "../../model/histograms/panel";
import { DEAD, TELLING } from "../../model/histograms/sorting";
import { shortName } from "../../model/names";
import type { Scale } from "../../model/scale";
import type { Sort } from "../../model/shown";
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
  /** What the row is sorted by, in words, where no other column says it. */
  readonly key: string | null;
  /** The ends of a row's own axis. */
  readonly ends: readonly [string, string] | null;
}

/** How the rows of a panel are made; `shapes` for plain and for marked rows. */
export interface RowStyle {
  readonly shape: RowShape;
  readonly magnified: RowShape;
  readonly scales: (unit: number) => Scale;
  readonly diverging: Diverging | null;
  readonly marked: ReadonlySet<number>;
  /** What each unit is sorted by; null where a column or the label says it. */
  readonly key: ((unit: number) => string) | null;
  /** Whether each row has an axis of its own. */
  readonly ownAxes: boolean;
}

/** What a unit is sorted by: a number, or for dead units how often they are 0. */
export function keyText(by: Sort["by"], value: number): string {
  if (by !== "dead") return short(value);
  if (value === DEAD) return "dead";
  return Number.isNaN(value) ? "–" : percent(value);
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
    key: style.key?.(unit) ?? null,
    ends: style.ownAxes ? endsOf(data, unit) : null,
  };
}

/** The least and the largest value of a unit's row; where it has one value, that alone. */
function endsOf(data: PanelData, unit: number): readonly [string, string] {
  const [low, high] = domainOf(data, unit);
  if (low > high) return ["", ""];
  return [short(low, 2), low < high ? short(high, 2) : ""];
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

/** Larger distances say no more: they are those of units that hardly vary. */
const FARTHEST = 100;

/** `1.8 σ`. */
const distanceText = (distance: number): string =>
  distance > FARTHEST ? `> ${FARTHEST} σ` : `${short(distance, Math.abs(distance) >= 1 ? 2 : 1)} σ`;

/**
 * Of one subset at two snapshots of a run, a unit that is 0 on every input at the later one died, at the earlier
 * one woke; null otherwise.
 */
export function silence(data: PanelData, unit: number): "died" | "woke" | null {
  const { divergence, subjects } = data;
  const [one, other] = [subjects[divergence?.of ?? -1], subjects[divergence?.from ?? -1]];
  if (!divergence || !one || !other || one.key !== other.key || one.found.run !== other.found.run)
    return null;
  const isLater = (one.found.step ?? 0) > (other.found.step ?? 0);
  const [late, early] = isLater
    ? [divergence.of, divergence.from]
    : [divergence.from, divergence.of];
  const [now, before] = [late, early].map((subject) => zeroShare(data, subject, unit) === 1);
  if (now === before) return null;
  return now ? "died" : "woke";
}

export function columnsOf(data: PanelData, unit: number): Columns | null {
  const { divergence } = data;
  if (!divergence) return null;
  const ratio = divergence.ratio[unit] ?? Number.NaN;
  const distance = divergence.wasserstein[unit] ?? Number.NaN;
  if (Number.isNaN(distance))
    return { ratio: "–", distance: "no data", telling: false, known: false };
  const telling = ratio >= TELLING;
  return {
    ratio: ratioText(ratio),
    distance: telling ? (silence(data, unit) ?? distanceText(distance)) : "noise",
    telling,
    known: true,
  };
}
