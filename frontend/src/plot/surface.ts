/** What can be drawn on, a canvas or a drawing in SVG: what is on the screen is also what a file shows. */

import { escaped, fixed } from "./svgText";

export interface Look {
  readonly fill?: string;
  readonly stroke?: string;
  /** Of the stroke. */
  readonly width?: number;
  readonly dash?: readonly number[];
  readonly opacity?: number;
  readonly blend?: "multiply" | "screen";
  /** Filled with diagonal lines instead. */
  readonly hatched?: boolean;
}

export interface Lettering {
  readonly colour: string;
  /** 11 by default. */
  readonly size?: number;
  readonly isStrong?: boolean;
  readonly anchor?: "start" | "middle" | "end";
  /** Colour of an outline behind the letters. */
  readonly halo?: string;
  /** Squeezed where it is wider. */
  readonly room?: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Surface {
  rect(box: Box, look: Look): void;
  circle(x: number, y: number, radius: number, look: Look): void;
  /** Along an SVG path. */
  path(line: string, look: Look): void;
  /** One line, its middle at y. */
  text(x: number, y: number, words: string, lettering: Lettering): void;
  /** Draw with the origin elsewhere. */
  at(x: number, y: number, draw: () => void): void;
  /** Draw within a box only. */
  within(box: Box, draw: () => void): void;
}

const FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const SIZE = 11;

const fontOf = ({ size = SIZE, isStrong }: Omit<Lettering, "colour">): string =>
  `${isStrong ? "600 " : ""}${size}px ${FAMILY}`;

let measuring: CanvasRenderingContext2D | null = null;
const widths = new Map<string, number>();

/** How wide a line of text is. */
export function textWidth(words: string, lettering: Omit<Lettering, "colour"> = {}): number {
  const font = fontOf(lettering);
  const key = `${font} ${words}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  measuring ??= document.createElement("canvas").getContext("2d");
  if (measuring) measuring.font = font;
  const width = measuring?.measureText(words).width ?? 6 * words.length;
  if (widths.size > 5000) widths.clear();
  widths.set(key, width);
  return width;
}

/** The lines of the texture, over a tile of 4 by 4 pixels. */
const HATCH = "M-1 5L5 -1M-5 5L1 -1M3 5L9 -1";
const HATCH_WIDTH = 1.4;

const tiles = new Map<string, HTMLCanvasElement>();

function tileOf(colour: string): HTMLCanvasElement {
  const known = tiles.get(colour);
  if (known) return known;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 4;
  const context = tile.getContext("2d");
  if (context) {
    context.strokeStyle = colour;
    context.lineWidth = HATCH_WIDTH;
    context.stroke(new Path2D(HATCH));
  }
  tiles.set(colour, tile);
  return tile;
}

export class CanvasSurface implements Surface {
  constructor(private readonly context: CanvasRenderingContext2D) {}

  rect({ x, y, width, height }: Box, look: Look): void {
    this.draw(
      look,
      () => this.context.fillRect(x, y, width, height),
      () => this.context.strokeRect(x, y, width, height),
    );
  }

  circle(x: number, y: number, radius: number, look: Look): void {
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    this.draw(
      look,
      () => this.context.fill(),
      () => this.context.stroke(),
    );
  }

  path(line: string, look: Look): void {
    const path = new Path2D(line);
    this.draw(
      look,
      () => this.context.fill(path),
      () => this.context.stroke(path),
    );
  }

  text(x: number, y: number, words: string, lettering: Lettering): void {
    const { context } = this;
    context.font = fontOf(lettering);
    context.textBaseline = "middle";
    context.textAlign = lettering.anchor === "middle" ? "center" : (lettering.anchor ?? "start");
    if (lettering.halo) {
      context.strokeStyle = lettering.halo;
      context.lineWidth = 3;
      context.lineJoin = "round";
      context.strokeText(words, x, y + 0.5, lettering.room);
    }
    context.fillStyle = lettering.colour;
    context.fillText(words, x, y + 0.5, lettering.room);
  }

  at(x: number, y: number, draw: () => void): void {
    this.context.save();
    this.context.translate(x, y);
    draw();
    this.context.restore();
  }

  within({ x, y, width, height }: Box, draw: () => void): void {
    this.context.save();
    this.context.beginPath();
    this.context.rect(x, y, width, height);
    this.context.clip();
    draw();
    this.context.restore();
  }

  private draw(look: Look, fill: () => void, stroke: () => void): void {
    const { context } = this;
    context.globalAlpha = look.opacity ?? 1;
    context.globalCompositeOperation = look.blend ?? "source-over";
    if (look.fill) {
      const texture = look.hatched && context.createPattern(tileOf(look.fill), "repeat");
      context.fillStyle = texture || look.fill;
      fill();
    }
    if (look.stroke) {
      context.strokeStyle = look.stroke;
      context.lineWidth = look.width ?? 1;
      context.setLineDash([...(look.dash ?? [])]);
      stroke();
      context.setLineDash([]);
    }
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
  }
}

/** Names of clips and textures must differ within a document, whoever draws it. */
let names = 0;

export class SvgSurface implements Surface {
  private readonly parts: string[] = [];
  private readonly textures = new Map<string, string>();

  get drawing(): string {
    return this.parts.join("");
  }

  rect({ x, y, width, height }: Box, look: Look): void {
    const place = `x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}"`;
    this.parts.push(`<rect ${place} ${this.look(look)}/>`);
  }

  circle(x: number, y: number, radius: number, look: Look): void {
    const place = `cx="${fixed(x)}" cy="${fixed(y)}" r="${fixed(radius)}"`;
    this.parts.push(`<circle ${place} ${this.look(look)}/>`);
  }

  path(line: string, look: Look): void {
    this.parts.push(`<path d="${line}" ${this.look(look)}/>`);
  }

  text(x: number, y: number, words: string, lettering: Lettering): void {
    const { colour, size = SIZE, isStrong, anchor, halo, room } = lettering;
    const isWide = room !== undefined && textWidth(words, lettering) > room;
    const looks = [
      `font-family="${FAMILY}" font-size="${size}" fill="${colour}"`,
      isStrong ? 'font-weight="600"' : "",
      anchor ? `text-anchor="${anchor}"` : "",
      isWide ? `textLength="${fixed(room)}" lengthAdjust="spacingAndGlyphs"` : "",
      halo ? `stroke="${halo}" stroke-width="3" paint-order="stroke"` : "",
    ];
    const place = `x="${fixed(x)}" y="${fixed(y + 0.36 * size)}"`;
    this.parts.push(`<text ${place} ${looks.join(" ")}>${escaped(words)}</text>`);
  }

  at(x: number, y: number, draw: () => void): void {
    this.parts.push(`<g transform="translate(${fixed(x)} ${fixed(y)})">`);
    draw();
    this.parts.push("</g>");
  }

  within(box: Box, draw: () => void): void {
    const name = `within-${++names}`;
    this.parts.push(`<clipPath id="${name}">`);
    this.rect(box, {});
    this.parts.push(`</clipPath><g clip-path="url(#${name})">`);
    draw();
    this.parts.push("</g>");
  }

  private look({ fill, stroke, width, dash, opacity, blend, hatched }: Look): string {
    const paint = fill && (hatched ? `url(#${this.texture(fill)})` : fill);
    return [
      `fill="${paint ?? (stroke ? "none" : "#000")}"`,
      stroke ? `stroke="${stroke}" stroke-width="${width ?? 1}"` : "",
      dash ? `stroke-dasharray="${dash.join(" ")}"` : "",
      opacity === undefined ? "" : `opacity="${fixed(opacity)}"`,
      blend ? `style="mix-blend-mode:${blend}"` : "",
    ]
      .filter(Boolean)
      .join(" ");
  }

  private texture(colour: string): string {
    const known = this.textures.get(colour);
    if (known) return known;
    const name = `hatch-${++names}`;
    this.textures.set(colour, name);
    const lines = `<path d="${HATCH}" stroke="${colour}" stroke-width="${HATCH_WIDTH}"/>`;
    this.parts.push(
      `<pattern id="${name}" width="4" height="4" patternUnits="userSpaceOnUse">${lines}</pattern>`,
    );
    return name;
  }
}
