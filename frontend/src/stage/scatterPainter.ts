/** Paints named dots and answers what is where, at rest and in motion. */

import type { Ink } from "../model/color";
import { shortName } from "../model/names";
import { fitCanvas } from "../plot/canvas";
import type { DrawnCanvas } from "../plot/onScreen";
import { fixed, words } from "../plot/svgText";
import type { Point, Size } from "./geometry";
import { type Label, labels, type Wanted } from "./labels";
import { type Camera, toScreen } from "./mapCamera";
import { progress, still } from "./motion";

export interface Scene {
  /** By row of the map. */
  readonly names: readonly string[];
  readonly points: readonly (Point | null)[];
  readonly camera: Camera;
  readonly size: Size;
  readonly ink: Ink;
  /** Colours of the chosen rows. */
  readonly chosen: ReadonlyMap<number, string>;
  readonly hovered: number | null;
  /** Rows that are in sight in the list beside the map. */
  readonly listed: ReadonlySet<number>;
}

/** What a test reads from the canvas. */
export interface ScatterPicture {
  readonly dots: ReadonlyMap<number, Point>;
  readonly labels: readonly Label[];
  readonly moving: boolean;
}

export type ScatterCanvas = DrawnCanvas & { picture?: () => ScatterPicture };

/** With at most this many dots in sight all are labelled, where there is room. */
const MOST_LABELS = 60;
const LONGEST_LABEL = 24;
const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

export class ScatterPainter {
  private scene: Scene | null = null;
  private motion: { readonly from: ReadonlyMap<number, Point>; readonly since: number } | null =
    null;
  private readonly widths = new Map<string, number>();
  private frame = 0;

  constructor(private readonly canvas: ScatterCanvas) {
    canvas.picture = () => this.picture();
    canvas.drawing = () => this.drawing();
  }

  /** Show a scene; with `moving` the dots glide from where they are. */
  show(scene: Scene, moving: boolean): void {
    if (moving && this.scene && !still()) {
      this.motion = { from: this.dots(performance.now()), since: performance.now() };
    }
    this.scene = scene;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame((now) => this.paint(now));
  }

  /** Dots and labels as they come to rest. */
  picture(): ScatterPicture {
    const moving = this.motion !== null;
    if (!this.scene) return { dots: new Map(), labels: [], moving };
    const dots = restingDots(this.scene);
    return { dots, labels: this.labelled(this.scene, dots), moving };
  }

  /** Dots and labels at rest, as SVG text. */
  private drawing(): string {
    const { scene } = this;
    if (!scene) return "";
    const { ink, chosen, listed, hovered } = scene;
    const { dots, labels: written } = this.picture();
    const circles = [...dots].map(([row, { x, y }]) => {
      const colour = chosen.get(row) ?? (listed.has(row) ? ink.text : ink.faint);
      return `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="${radiusOf(scene, row)}" fill="${colour}"/>`;
    });
    const texts = written.map(({ row, left, top, bottom }) => {
      const isStrong = chosen.has(row) || row === hovered;
      const name = shortName(scene.names[row] ?? "", LONGEST_LABEL);
      const looks = `font-family="system-ui, sans-serif" font-size="11" ${isStrong ? 'font-weight="600"' : ""}`;
      return words(left, (top + bottom) / 2 + 4, name, isStrong ? ink.text : ink.faint, looks);
    });
    return [...circles, ...texts].join("");
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    delete this.canvas.picture;
    delete this.canvas.drawing;
  }

  private dots(now: number): ReadonlyMap<number, Point> {
    if (!this.scene) return new Map();
    const resting = restingDots(this.scene);
    const { motion } = this;
    if (!motion) return resting;
    const done = progress(motion, now);
    return new Map([...resting].map(([row, to]) => [row, between(motion.from.get(row), to, done)]));
  }

  private paint(now: number): void {
    const { canvas, scene } = this;
    const context = scene && fitCanvas(canvas, scene.size);
    if (!scene || !context) return;
    if (this.motion && progress(this.motion, now) >= 1) this.motion = null;
    const { size } = scene;
    const dots = this.dots(now);
    const order = [...dots].sort(([one], [other]) => rank(scene, one) - rank(scene, other));
    const below = order.filter(([row]) => rank(scene, row) < CHOSEN);
    const above = order.filter(([row]) => rank(scene, row) >= CHOSEN);
    paintDots(context, scene, below);
    if (dots.size > 0 && !dotsIn(dots, size).length) hint(context, scene);
    this.write(context, scene, this.labelled(scene, dots));
    paintDots(context, scene, above);
    if (this.motion) this.frame = requestAnimationFrame((later) => this.paint(later));
  }

  private write(
    context: CanvasRenderingContext2D,
    { names, ink, chosen, hovered }: Scene,
    shown: readonly Label[],
  ): void {
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = ink.background;
    for (const { row, left, top, bottom } of shown.toReversed()) {
      const text = shortName(names[row] ?? "", LONGEST_LABEL);
      context.font = chosen.has(row) || row === hovered ? `600 ${FONT}` : FONT;
      context.fillStyle = chosen.has(row) || row === hovered ? ink.text : ink.faint;
      context.strokeText(text, left, (top + bottom) / 2);
      context.fillText(text, left, (top + bottom) / 2);
    }
  }

  /** The chosen and the one pointed at have labels always, in motion only they. */
  private labelled(scene: Scene, dots: ReadonlyMap<number, Point>): readonly Label[] {
    const { size, chosen, hovered } = scene;
    const inSight = dotsIn(dots, size);
    const must = (row: number) => chosen.has(row) || row === hovered;
    const all = inSight.length <= MOST_LABELS && this.motion === null;
    const wanted = inSight
      .filter(([row]) => all || must(row))
      .sort(([one], [other]) => rank(scene, other) - rank(scene, one))
      .map(
        ([row, at]): Wanted => ({
          row,
          at,
          radius: radiusOf(scene, row),
          width: this.widthOf(scene.names[row] ?? ""),
          must: must(row),
        }),
      );
    return labels(wanted, size);
  }

  private widthOf(name: string): number {
    const text = shortName(name, LONGEST_LABEL);
    const known = this.widths.get(text);
    if (known !== undefined) return known;
    const context = this.canvas.getContext("2d");
    if (context) context.font = `600 ${FONT}`;
    const width = context?.measureText(text).width ?? 6 * text.length;
    this.widths.set(text, width);
    return width;
  }
}

function restingDots({ points, size, camera }: Scene): ReadonlyMap<number, Point> {
  return new Map(
    points.flatMap((point, row): [number, Point][] =>
      point ? [[row, toScreen(point, size, camera)]] : [],
    ),
  );
}

const dotsIn = (dots: ReadonlyMap<number, Point>, { width, height }: Size) =>
  [...dots].filter(([, { x, y }]) => x >= 0 && y >= 0 && x <= width && y <= height);

function hint(context: CanvasRenderingContext2D, { size, ink }: Scene): void {
  context.font = FONT;
  context.textAlign = "center";
  context.fillStyle = ink.faint;
  context.fillText("nothing here; ⤢ shows the whole map", size.width / 2, size.height / 2);
  context.textAlign = "left";
}

function between(from: Point | undefined, to: Point, done: number): Point {
  if (!from) return to;
  return { x: from.x + (to.x - from.x) * done, y: from.y + (to.y - from.y) * done };
}

const CHOSEN = 2;

/** What is painted over what, and labelled before what. */
const rank = ({ chosen, hovered, listed }: Scene, row: number): number =>
  row === hovered ? 3 : chosen.has(row) ? CHOSEN : listed.has(row) ? 1 : 0;

function paintDots(
  context: CanvasRenderingContext2D,
  scene: Scene,
  dots: readonly (readonly [number, Point])[],
): void {
  const { ink, chosen, hovered, listed } = scene;
  for (const [row, { x, y }] of dots) {
    const colour = chosen.get(row);
    context.globalAlpha = colour || listed.has(row) || row === hovered ? 1 : 0.55;
    context.fillStyle = colour ?? (listed.has(row) ? ink.text : ink.faint);
    context.beginPath();
    context.arc(x, y, radiusOf(scene, row), 0, 2 * Math.PI);
    context.fill();
    if (row === hovered || colour) outline(context, row === hovered ? ink.accent : ink.background);
  }
  context.globalAlpha = 1;
}

const radiusOf = ({ chosen, hovered }: Scene, row: number): number =>
  chosen.has(row) ? 6 : row === hovered ? 5 : 3;

function outline(context: CanvasRenderingContext2D, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.stroke();
}
