/** Draw rows, on the screen and in files. */

import type { Ink } from "../../model/color";
import { percent } from "../../model/format";
import { glyphPath, signPath } from "../../model/glyphs";
import { position, type Scale } from "../../model/scale";
import { type Surface, textWidth } from "../../plot/surface";
import type { Arrow, Bar, Dot, Mark, Missing, Zero } from "./marks";
import type { Columns, Row } from "./picture";

/** Widths of the parts of a row, in pixels: unit, distributions, divergence. */
export interface Frame {
  readonly width: number;
  readonly label: number;
  /** Of all columns at the right, that of the sort key included. */
  readonly columns: number;
  readonly key: number;
}

/** Room for a number at either end of a row's own axis. */
export const END = 38;

const ZERO_WIDTH = 3;
/** Where the names of units start. */
const NAME_LEFT = 6;
const DOT_RADIUS = 3.5;

/** Draw one row with its top at `top`. */
export function paintRow(on: Surface, row: Row, top: number, frame: Frame, ink: Ink): void {
  const right = frame.width - frame.columns;
  const { height } = row;
  on.at(0, top, () => {
    on.rect({ x: 0, y: height - 0.5, width: frame.width, height: 0.5 }, { fill: ink.line });
    paintLabel(on, row, frame, ink);
    on.within({ x: frame.label, y: 0, width: right - frame.label, height }, () => {
      const zero = zeroLine(row.scale);
      if (zero !== null)
        on.rect({ x: Math.round(zero), y: 0, width: 1, height }, { fill: ink.line });
      for (const mark of row.marks) paintMark(on, mark, ink);
    });
    paintEnds(on, row, frame.label, right, ink);
    paintColumns(on, row, right, frame.key, ink);
  });
}

/** The pixel of zero, where it lies inside the axis. */
function zeroLine(scale: Scale): number | null {
  const [low, high] = scale.domain;
  return low < 0 && high > 0 ? position(scale, 0) : null;
}

/** Rows that cannot be told from noise are greyed. */
const isNoise = (columns: Columns | null): boolean => columns?.known === true && !columns.telling;

function paintLabel(on: Surface, row: Row, frame: Frame, ink: Ink): void {
  const { label, name, marked, height, columns } = row;
  const colour = isNoise(columns) ? ink.faint : ink.text;
  const look = { colour, isStrong: marked, size: marked ? 12 : 11 };
  on.text(frame.label - 20, height / 2, label, { ...look, anchor: "end" });
  if (name !== null) {
    const room = frame.label - 28 - textWidth(label, look) - NAME_LEFT;
    on.text(NAME_LEFT, height / 2, name, { ...look, room });
  }
  if (marked)
    on.text(frame.label - 5, height / 2, "★", { ...look, colour: ink.accent, anchor: "end" });
}

function paintEnds(on: Surface, row: Row, left: number, right: number, ink: Ink): void {
  const { ends, height } = row;
  if (!ends) return;
  const look = { colour: ink.faint, size: 10 };
  on.text(left + END - 2, height / 2, ends[0], { ...look, anchor: "end" });
  on.text(right - END + 2, height / 2, ends[1], look);
}

function paintColumns(on: Surface, row: Row, left: number, keyWidth: number, ink: Ink): void {
  const { columns, key, height } = row;
  const look = { colour: ink.text, anchor: "end" } as const;
  if (key !== null) on.text(left + keyWidth - 8, height / 2, key, look);
  if (!columns) return;
  const tone = { ...look, colour: columns.telling ? ink.text : ink.faint };
  on.text(left + keyWidth + 46, height / 2, columns.ratio, tone);
  on.text(left + keyWidth + 96, height / 2, columns.distance, tone);
}

function paintMark(on: Surface, mark: Mark, ink: Ink): void {
  if (mark.kind === "bar") paintBar(on, mark, ink);
  else if (mark.kind === "zero") paintZero(on, mark);
  else if (mark.kind === "stripe") on.rect({ ...mark, width: 3 }, { fill: mark.colour });
  else if (mark.kind === "arrow") paintArrow(on, mark);
  else if (mark.kind === "missing") paintMissing(on, mark);
  else paintDot(on, mark, ink);
}

/** Edges lie on whole pixels, so that neighbours leave no seam; bars are at least a pixel wide. */
function paintBar(on: Surface, bar: Bar, { blend }: Ink): void {
  const { y, height, colour, opacity, hatched } = bar;
  const x = Math.round(bar.x);
  const width = Math.round(bar.x + bar.width) - x;
  on.rect({ x, y, width, height }, { fill: colour, opacity, hatched, blend });
  if (bar.sign !== 0 && bar.signed) on.path(signOf(bar, bar.sign), { stroke: colour });
}

/** The sign of a difference stands in the half of the lane that the bar leaves free. */
const signOf = ({ x, y, width, height }: Bar, sign: -1 | 1): string =>
  signPath(sign, x + width / 2, y + height / 2 + sign * height, 3.6);

function paintZero(on: Surface, { x, y, height, colour, hatched }: Zero): void {
  const left = x - ZERO_WIDTH / 2;
  if (!hatched) on.rect({ x: left, y, width: ZERO_WIDTH, height }, { fill: colour });
  else {
    const inner = { x: left + 0.5, y: y + 0.5, width: ZERO_WIDTH - 1, height: height - 1 };
    on.rect(inner, { stroke: colour });
  }
}

function paintArrow(on: Surface, { x, y, height, side, colour, share }: Arrow): void {
  const inwards = side === "under" ? 1 : -1;
  const middle = y + height / 2;
  on.path(`M${x} ${middle}l${5 * inwards} -4v8Z`, { fill: colour });
  const anchor = side === "under" ? "start" : "end";
  on.text(x + 7 * inwards, middle, percent(share), { colour, size: 9, anchor });
}

function paintMissing(on: Surface, { x, y, height, colour, share }: Missing): void {
  const words = `not finite ${percent(share)}`;
  on.text(x, y + height / 2, words, { colour, size: 9, anchor: "end" });
}

function paintDot(on: Surface, { mark, x, y, top, bottom, hollow }: Dot, ink: Ink): void {
  const { colour, glyph } = mark;
  on.path(`M${x} ${top}V${bottom}`, { stroke: colour, opacity: 0.55 });
  const look = hollow
    ? { fill: ink.background, stroke: colour, width: 1.8 }
    : { fill: colour, stroke: ink.background };
  on.path(glyphPath(glyph, x, y, DOT_RADIUS), look);
}
