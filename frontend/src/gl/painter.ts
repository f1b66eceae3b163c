/** Draws dots and lines with WebGL2. A frame sets uniforms and calls; it computes nothing a dot and allocates nothing. */

import { Dots, Lines } from "./buffers";
import type { Field, Positions } from "./field";
import { Program } from "./program";
import { DOT_FRAGMENT, DOT_VERTEX, LINE_FRAGMENT, LINE_VERTEX } from "./shaders";
import { type Atlas, AtlasTexture, PlaceTextures } from "./textures";

/** Red, green, blue, 0 to 1. */
export type Colour = readonly [number, number, number];

/** Lines of a pane: both ends in the pane's field, or the second one in another field. */
export interface LineLayer {
  /** Name of the lines among those given to `setLines`. */
  readonly name: string;
  readonly field: Field;
  readonly other: Field;
  readonly width: number;
  /** Whether lines are fainter where they start. */
  readonly directed: boolean;
}

export interface DotLayer {
  readonly name: string;
  readonly field: Field;
}

/** A rectangle of the canvas in CSS pixels, and what is drawn there; lines below dots. */
export interface Pane {
  left: number;
  width: number;
  height: number;
  /** Pixels a unit of places, and the place in the middle. */
  scale: number;
  x: number;
  y: number;
  readonly lines: readonly LineLayer[];
  readonly dots: readonly DotLayer[];
}

export interface Style {
  /** Factor on the radius of dots. */
  dotScale: number;
  readonly pictures: Atlas | null;
  readonly ring: Colour;
  readonly ground: Colour;
}

/** What draws a stage: with WebGL2, or without it. */
export interface Painter {
  setDots(name: string, bytes: ArrayBuffer): void;
  setLines(name: string, bytes: ArrayBuffer): void;
  /** Draw onto a canvas of `width` by `height` CSS pixels. */
  draw(panes: readonly Pane[], style: Style, width: number, height: number): void;
  destroy(): void;
}

/** Units of textures: the four lists of places that a line may be between, and the pictures. */
const [FROM, TO, OTHER_FROM, OTHER_TO, ATLAS] = [0, 1, 2, 3, 4];

const mixing = (name: string) => ({
  slices: `${name}.slices`,
  along: `${name}.along`,
  across: `${name}.across`,
  rows: `${name}.rows`,
});
const MIXINGS = { mixing: mixing("mixing"), otherMixing: mixing("otherMixing") } as const;

/** Share of its opacity that a directed line starts with. */
const FAINT = 0.3;

export class GlPainter implements Painter {
  private readonly dotProgram: Program;
  private readonly lineProgram: Program;
  private readonly dots = new Map<string, Dots>();
  private readonly lines = new Map<string, Lines>();
  private readonly places: PlaceTextures;
  private readonly atlas: AtlasTexture;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
  ) {
    this.dotProgram = new Program(gl, DOT_VERTEX, DOT_FRAGMENT);
    this.lineProgram = new Program(gl, LINE_VERTEX, LINE_FRAGMENT);
    this.places = new PlaceTextures(gl);
    this.atlas = new AtlasTexture(gl);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.dotProgram.use();
    gl.uniform1i(this.dotProgram.at("from"), FROM);
    gl.uniform1i(this.dotProgram.at("to"), TO);
    gl.uniform1i(this.dotProgram.at("atlas"), ATLAS);
    this.lineProgram.use();
    gl.uniform1i(this.lineProgram.at("from"), FROM);
    gl.uniform1i(this.lineProgram.at("to"), TO);
    gl.uniform1i(this.lineProgram.at("otherFrom"), OTHER_FROM);
    gl.uniform1i(this.lineProgram.at("otherTo"), OTHER_TO);
  }

  setDots(name: string, bytes: ArrayBuffer): void {
    if (!this.dots.has(name)) this.dots.set(name, new Dots(this.gl));
    this.dots.get(name)?.set(bytes);
  }

  setLines(name: string, bytes: ArrayBuffer): void {
    if (!this.lines.has(name)) this.lines.set(name, new Lines(this.gl));
    this.lines.get(name)?.set(bytes);
  }

  draw(panes: readonly Pane[], style: Style, width: number, height: number): void {
    const { gl, canvas } = this;
    const dense = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * dense), Math.round(height * dense)];
    if (canvas.width !== wide) canvas.width = wide;
    if (canvas.height !== high) canvas.height = high;
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    for (const pane of panes) {
      const [left, across, down] = [pane.left * dense, pane.width * dense, pane.height * dense];
      gl.viewport(left, high - down, across, down);
      gl.scissor(left, high - down, across, down);
      this.drawLines(pane);
      this.drawDots(pane, style);
    }
  }

  private drawLines(pane: Pane): void {
    const { gl, lineProgram: program } = this;
    for (const { name, field, other, width, directed } of pane.lines) {
      const lines = this.lines.get(name);
      if (!lines?.count) continue;
      program.use();
      this.setView(program, pane);
      this.bind(program, "mixing", field, FROM);
      this.bind(program, "otherMixing", other, OTHER_FROM);
      gl.uniform1f(program.at("width"), width);
      gl.uniform1f(program.at("start"), directed ? FAINT : 1);
      lines.draw();
    }
  }

  private drawDots(pane: Pane, { dotScale, pictures, ring, ground }: Style): void {
    const { gl, dotProgram: program } = this;
    program.use();
    this.setView(program, pane);
    gl.activeTexture(gl.TEXTURE0 + ATLAS);
    gl.bindTexture(gl.TEXTURE_2D, this.atlas.texture);
    this.atlas.set(pictures);
    gl.uniform2i(program.at("tiles"), this.atlas.tiles, this.atlas.tiles);
    gl.uniform1f(program.at("scale"), dotScale);
    gl.uniform4f(program.at("ring"), ring[0], ring[1], ring[2], 1);
    gl.uniform4f(program.at("ground"), ground[0], ground[1], ground[2], 1);
    for (const { name, field } of pane.dots) {
      const dots = this.dots.get(name);
      if (!dots?.count) continue;
      this.bind(program, "mixing", field, FROM);
      dots.draw();
    }
  }

  private setView(program: Program, { width, height, scale, x, y }: Pane): void {
    const { gl } = this;
    const [across, down] = [(2 * scale) / width, (2 * scale) / height];
    gl.uniform4f(program.at("view"), across, down, -x * across, -y * down);
    gl.uniform2f(program.at("pixel"), 2 / width, 2 / height);
  }

  private bind(program: Program, name: "mixing" | "otherMixing", field: Field, unit: number): void {
    const { gl } = this;
    this.bindPlaces(field.from, unit);
    this.bindPlaces(field.to, unit + 1);
    const { slices, along, across, rows } = MIXINGS[name];
    gl.uniform2i(program.at(slices), field.slice, field.next);
    gl.uniform1f(program.at(along), field.along);
    gl.uniform1f(program.at(across), field.across);
    gl.uniform1i(program.at(rows), field.from.rows);
  }

  private bindPlaces(places: Positions, unit: number): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, this.places.of(places));
  }

  destroy(): void {
    for (const buffer of [...this.dots.values(), ...this.lines.values()]) buffer.destroy();
    this.places.destroy();
    this.atlas.destroy();
    this.dotProgram.destroy();
    this.lineProgram.destroy();
  }
}
