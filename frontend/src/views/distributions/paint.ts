/** Draw rows on a canvas. */

import type { Ink } from "../../model/color";
import { percent } from "../../model/format";
import { glyphPath, signPath } from "../../model/glyphs";
import { position, type Scale } from "../../model/scale";
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

export const FONT = "11px system-ui, sans-serif";
const SMALL = "10px system-ui, sans-serif";
export const ZERO_WIDTH = 3;
/** Where the names of units start. */
export const NAME_LEFT = 6;
export const DOT_RADIUS = 3.5;

const hatches = new Map<string, HTMLCanvasElement>();

/** A tile of diagonal lines: the texture of moment B. */
function hatch(colour: string): HTMLCanvasElement {
  const known = hatches.get(colour);
  if (known) return known;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 4;
  const context = tile.getContext("2d");
  if (context) {
    context.strokeStyle = colour;
    context.lineWidth = 1.4;
    for (const shift of [-4, 0, 4]) {
      context.moveTo(shift - 1, 5);
      context.lineTo(shift + 5, -1);
    }
    context.stroke();
  }
  hatches.set(colour, tile);
  return tile;
}

const texture = (context: CanvasRenderingContext2D, colour: string, hatched: boolean) =>
  (hatched && context.createPattern(hatch(colour), "repeat")) || colour;

/** Draw one row with its top at `top`. */
export function paintRow(
  context: CanvasRenderingContext2D,
  row: Row,
  top: number,
  frame: Frame,
  ink: Ink,
): void {
  context.save();
  context.translate(0, top);
  context.fillStyle = ink.line;
  context.fillRect(0, row.height - 0.5, frame.width, 0.5);
  paintLabel(context, row, frame, ink);
  const right = frame.width - frame.columns;
  context.save();
  context.beginPath();
  context.rect(frame.label, 0, right - frame.label, row.height);
  context.clip();
  const zero = zeroLine(row.scale);
  context.fillStyle = ink.line;
  if (zero !== null) context.fillRect(Math.round(zero), 0, 1, row.height);
  for (const mark of row.marks) paintMark(context, mark, ink);
  context.restore();
  paintEnds(context, row, frame.label, right, ink);
  paintColumns(context, row, right, frame.key, ink);
  context.restore();
}

/** The pixel of zero, where it lies inside the axis. */
export function zeroLine(scale: Scale): number | null {
  const [low, high] = scale.domain;
  return low < 0 && high > 0 ? position(scale, 0) : null;
}

/** Rows that cannot be told from noise are greyed. */
export const isNoise = (columns: Columns | null): boolean =>
  columns?.known === true && !columns.telling;

function paintLabel(
  context: CanvasRenderingContext2D,
  { label, name, marked, height, columns }: Row,
  frame: Frame,
  ink: Ink,
): void {
  context.font = marked ? "600 12px system-ui, sans-serif" : FONT;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillStyle = isNoise(columns) ? ink.faint : ink.text;
  context.fillText(label, frame.label - 20, height / 2 + 0.5);
  if (name !== null) {
    const room = frame.label - 28 - context.measureText(label).width - NAME_LEFT;
    context.textAlign = "left";
    context.fillText(name, NAME_LEFT, height / 2 + 0.5, room);
    context.textAlign = "right";
  }
  if (!marked) return;
  context.fillStyle = ink.accent;
  context.fillText("★", frame.label - 5, height / 2 + 0.5);
}

function paintEnds(
  context: CanvasRenderingContext2D,
  { ends, height }: Row,
  left: number,
  right: number,
  ink: Ink,
): void {
  if (!ends) return;
  context.font = SMALL;
  context.fillStyle = ink.faint;
  context.textAlign = "right";
  context.fillText(ends[0], left + END - 2, height / 2 + 0.5);
  context.textAlign = "left";
  context.fillText(ends[1], right - END + 2, height / 2 + 0.5);
}

function paintColumns(
  context: CanvasRenderingContext2D,
  { columns, key, height }: Row,
  left: number,
  keyWidth: number,
  ink: Ink,
): void {
  context.font = FONT;
  context.textAlign = "right";
  context.fillStyle = ink.text;
  if (key !== null) context.fillText(key, left + keyWidth - 8, height / 2 + 0.5);
  if (!columns) return;
  context.fillStyle = columns.telling ? ink.text : ink.faint;
  context.fillText(columns.ratio, left + keyWidth + 46, height / 2 + 0.5);
  context.fillText(columns.distance, left + keyWidth + 96, height / 2 + 0.5);
}

function paintMark(context: CanvasRenderingContext2D, mark: Mark, ink: Ink): void {
  if (mark.kind === "bar") paintBar(context, mark, ink);
  else if (mark.kind === "zero") paintZero(context, mark);
  else if (mark.kind === "stripe") {
    context.fillStyle = mark.colour;
    context.fillRect(mark.x, mark.y, 3, mark.height);
  } else if (mark.kind === "arrow") paintArrow(context, mark);
  else if (mark.kind === "missing") paintMissing(context, mark);
  else paintDot(context, mark, ink);
}

/** Edges lie on whole pixels, so that neighbours leave no seam; bars are at least a pixel wide. */
function paintBar(context: CanvasRenderingContext2D, bar: Bar, ink: Ink): void {
  context.globalCompositeOperation = ink.blend;
  context.globalAlpha = bar.opacity;
  context.fillStyle = texture(context, bar.colour, bar.hatched);
  const left = Math.round(bar.x);
  context.fillRect(left, bar.y, Math.round(bar.x + bar.width) - left, bar.height);
  context.globalAlpha = 1;
  context.globalCompositeOperation = "source-over";
  if (!bar.signed) return;
  context.strokeStyle = bar.colour;
  context.lineWidth = 1;
  context.stroke(new Path2D(signOf(bar)));
}

/** The sign of a difference stands in the half of the lane that the bar leaves free. */
export const signOf = ({ sign, signed, x, y, width, height }: Bar): string =>
  sign === 0 || !signed ? "" : signPath(sign, x + width / 2, y + height / 2 + sign * height, 3.6);

function paintZero(context: CanvasRenderingContext2D, zero: Zero): void {
  const left = zero.x - ZERO_WIDTH / 2;
  context.fillStyle = zero.colour;
  if (!zero.hatched) context.fillRect(left, zero.y, ZERO_WIDTH, zero.height);
  context.strokeStyle = zero.colour;
  context.lineWidth = 1;
  if (zero.hatched) context.strokeRect(left + 0.5, zero.y + 0.5, ZERO_WIDTH - 1, zero.height - 1);
}

function paintArrow(context: CanvasRenderingContext2D, arrow: Arrow): void {
  const inwards = arrow.side === "under" ? 1 : -1;
  const middle = arrow.y + arrow.height / 2;
  context.fillStyle = arrow.colour;
  context.beginPath();
  context.moveTo(arrow.x, middle);
  context.lineTo(arrow.x + 5 * inwards, middle - 4);
  context.lineTo(arrow.x + 5 * inwards, middle + 4);
  context.fill();
  context.font = "9px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = arrow.side === "under" ? "left" : "right";
  context.fillText(percent(arrow.share), arrow.x + 7 * inwards, middle + 0.5);
}

function paintMissing(context: CanvasRenderingContext2D, missing: Missing): void {
  context.font = "9px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillStyle = missing.colour;
  context.fillText(missingText(missing), missing.x, missing.y + missing.height / 2 + 0.5);
}

export const missingText = ({ share }: Missing): string => `not finite ${percent(share)}`;

function paintDot(context: CanvasRenderingContext2D, dot: Dot, ink: Ink): void {
  context.strokeStyle = dot.mark.colour;
  context.lineWidth = 1;
  context.globalAlpha = 0.55;
  context.beginPath();
  context.moveTo(dot.x, dot.top);
  context.lineTo(dot.x, dot.bottom);
  context.stroke();
  context.globalAlpha = 1;
  const shape = new Path2D(glyphPath(dot.mark.glyph, dot.x, dot.y, DOT_RADIUS));
  context.fillStyle = dot.hollow ? ink.background : dot.mark.colour;
  context.fill(shape);
  context.lineWidth = dot.hollow ? 1.8 : 1;
  context.strokeStyle = dot.hollow ? dot.mark.colour : ink.background;
  context.stroke(shape);
}
