/** Draws a stage without WebGL2: the same picture, as fast as the processor allows. */

import { glyphPath } from "../model/glyphs";
import { GLYPHS } from "../model/shown";
import { type Field, locate, type MutablePoint } from "./field";
import type { Painter, Pane, Style } from "./painter";

export class CanvasPainter implements Painter {
  private readonly dots = new Map<string, ArrayBuffer>();
  private readonly lines = new Map<string, ArrayBuffer>();
  private readonly shapes = new Map<number, Path2D>();
  private readonly spot: MutablePoint = { x: 0, y: 0 };
  private readonly end: MutablePoint = { x: 0, y: 0 };

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly context: CanvasRenderingContext2D,
  ) {}

  setDots(name: string, bytes: ArrayBuffer): void {
    this.dots.set(name, bytes);
  }

  setLines(name: string, bytes: ArrayBuffer): void {
    this.lines.set(name, bytes);
  }

  draw(panes: readonly Pane[], style: Style, width: number, height: number): void {
    const { canvas, context } = this;
    const dense = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [Math.round(width * dense), Math.round(height * dense)];
    for (const pane of panes) {
      context.save();
      context.setTransform(dense, 0, 0, dense, 0, 0);
      context.beginPath();
      context.rect(pane.left, 0, pane.width, pane.height);
      context.clip();
      for (const { name, field, other, width: wide } of pane.lines) {
        context.lineWidth = wide;
        this.drawLines(pane, this.lines.get(name), field, other);
      }
      for (const { name, field } of pane.dots)
        this.drawDots(pane, this.dots.get(name), field, style);
      context.restore();
    }
  }

  private drawLines(pane: Pane, bytes: ArrayBuffer | undefined, field: Field, other: Field): void {
    const { context, spot, end } = this;
    if (!bytes) return;
    const [ends, colours] = [new Int32Array(bytes), new Uint8Array(bytes)];
    for (let at = 0; at + 4 < ends.length; at += 5) {
      const [from = 0, slice = -1, to = 0, next = -1] = ends.subarray(at, at + 4);
      if (!locate(field, from, spot, slice) || !locate(other, to, end, next)) continue;
      context.strokeStyle = css(colours, 4 * at + 16);
      context.beginPath();
      context.moveTo(across(pane, spot), down(pane, spot));
      context.lineTo(across(pane, end), down(pane, end));
      context.stroke();
    }
  }

  private drawDots(
    pane: Pane,
    bytes: ArrayBuffer | undefined,
    field: Field,
    { dotScale, ring }: Style,
  ): void {
    const { context, spot } = this;
    if (!bytes) return;
    const [rows, looks] = [new Uint32Array(bytes), new Uint8Array(bytes)];
    context.lineWidth = 0.3;
    for (let at = 0; at < rows.length; at += 3) {
      if (!locate(field, rows[at] ?? 0, spot)) continue;
      const [glyph = 0, size = 0, ringed = 0, hollow = 0] = looks.subarray(4 * at + 8, 4 * at + 12);
      const radius = (size / 16) * dotScale;
      context.save();
      context.translate(across(pane, spot), down(pane, spot));
      context.scale(radius, radius);
      const shape = this.shape(glyph);
      if (ringed) {
        context.strokeStyle = `rgb(${ring.map((part) => 255 * part).join(" ")})`;
        context.lineWidth = 3 / radius;
        context.stroke(shape);
      }
      if (hollow) {
        context.strokeStyle = css(looks, 4 * at + 4);
        context.lineWidth = 1.5 / radius;
        context.stroke(shape);
      } else {
        context.fillStyle = css(looks, 4 * at + 4);
        context.fill(shape);
      }
      context.restore();
    }
  }

  private shape(glyph: number): Path2D {
    const known = this.shapes.get(glyph);
    if (known) return known;
    const made = new Path2D(glyphPath(GLYPHS[glyph] ?? "circle", 0, 0, 1));
    this.shapes.set(glyph, made);
    return made;
  }

  destroy(): void {
    this.dots.clear();
    this.lines.clear();
  }
}

const across = ({ left, width, scale, x }: Pane, spot: MutablePoint): number =>
  left + width / 2 + (spot.x - x) * scale;

const down = ({ height, scale, y }: Pane, spot: MutablePoint): number =>
  height / 2 - (spot.y - y) * scale;

const css = (bytes: Uint8Array, at: number): string =>
  `rgb(${bytes[at]} ${bytes[at + 1]} ${bytes[at + 2]} / ${(bytes[at + 3] ?? 255) / 255})`;
