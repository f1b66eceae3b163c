/** Paints named dots and answers what is where, at rest and in motion. */

import type { Ink } from "../model/color";
import { shortName } from "../model/names";
import { fitCanvas } from "../plot/canvas";
import type { DrawnCanvas, Vector } from "../plot/onScreen";
import { CanvasSurface, type Surface, SvgSurface, textWidth } from "../plot/surface";
import type { Camera } from "./camera";
import type { Point, Size } from "./geometry";
import { type Label, labels, type Wanted } from "./labels";
import { toScreen } from "./mapFrame";
import { Motion, mixedPoint, still } from "./motion";

export interface ScatterScene {
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

export class ScatterPainter {
  private scene: ScatterScene | null = null;
  private motion: Motion<number, Point> | null = null;
  private frame = 0;

  constructor(private readonly canvas: ScatterCanvas) {
    canvas.picture = () => this.picture();
    canvas.drawing = () => this.drawing();
  }

  /** Show a scene; with `moving` the dots glide from where they are. */
  show(scene: ScatterScene, moving: boolean): void {
    if (moving && this.scene && !still()) {
      this.motion = new Motion(this.dots(performance.now()), mixedPoint);
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

  /** Dots and labels at rest. */
  private drawing(): Vector | null {
    if (!this.scene) return null;
    const on = new SvgSurface();
    this.draw(on, this.scene, restingDots(this.scene));
    return { text: on.drawing, height: this.scene.size.height };
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    delete this.canvas.picture;
    delete this.canvas.drawing;
  }

  private dots(now: number): ReadonlyMap<number, Point> {
    if (!this.scene) return new Map();
    const resting = restingDots(this.scene);
    return this.motion?.all(resting, now) ?? resting;
  }

  private paint(now: number): void {
    const { canvas, scene } = this;
    const context = scene && fitCanvas(canvas, scene.size);
    if (!scene || !context) return;
    if (this.motion?.isOver(now)) this.motion = null;
    this.draw(new CanvasSurface(context), scene, this.dots(now));
    if (this.motion) this.frame = requestAnimationFrame((later) => this.paint(later));
  }

  private draw(on: Surface, scene: ScatterScene, dots: ReadonlyMap<number, Point>): void {
    const order = [...dots].sort(([one], [other]) => rank(scene, one) - rank(scene, other));
    const below = order.filter(([row]) => rank(scene, row) < CHOSEN);
    const above = order.filter(([row]) => rank(scene, row) >= CHOSEN);
    drawDots(on, scene, below);
    if (dots.size > 0 && !dotsIn(dots, scene.size).length) hint(on, scene);
    write(on, scene, this.labelled(scene, dots));
    drawDots(on, scene, above);
  }

  /** The chosen and the one pointed at have labels always, in motion only they. */
  private labelled(scene: ScatterScene, dots: ReadonlyMap<number, Point>): readonly Label[] {
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
          width: textWidth(nameIn(scene, row), { isStrong: true }),
          must: must(row),
        }),
      );
    return labels(wanted, size);
  }
}

function restingDots({ points, size, camera }: ScatterScene): ReadonlyMap<number, Point> {
  return new Map(
    points.flatMap((point, row): [number, Point][] =>
      point ? [[row, toScreen(point, size, camera)]] : [],
    ),
  );
}

const dotsIn = (dots: ReadonlyMap<number, Point>, { width, height }: Size) =>
  [...dots].filter(([, { x, y }]) => x >= 0 && y >= 0 && x <= width && y <= height);

function hint(on: Surface, { size, ink }: ScatterScene): void {
  const words = "nothing here; ⤢ shows the whole map";
  on.text(size.width / 2, size.height / 2, words, { colour: ink.faint, anchor: "middle" });
}

const nameIn = ({ names }: ScatterScene, row: number): string =>
  shortName(names[row] ?? "", LONGEST_LABEL);

function write(on: Surface, scene: ScatterScene, shown: readonly Label[]): void {
  const { ink, chosen, hovered } = scene;
  for (const { row, left, top, bottom } of shown.toReversed()) {
    const isStrong = chosen.has(row) || row === hovered;
    const look = { colour: isStrong ? ink.text : ink.faint, isStrong, halo: ink.background };
    on.text(left, (top + bottom) / 2, nameIn(scene, row), look);
  }
}

const CHOSEN = 2;

/** What is painted over what, and labelled before what. */
const rank = ({ chosen, hovered, listed }: ScatterScene, row: number): number =>
  row === hovered ? 3 : chosen.has(row) ? CHOSEN : listed.has(row) ? 1 : 0;

function drawDots(
  on: Surface,
  scene: ScatterScene,
  dots: readonly (readonly [number, Point])[],
): void {
  const { ink, chosen, hovered, listed } = scene;
  for (const [row, { x, y }] of dots) {
    const colour = chosen.get(row);
    const isNear = colour !== undefined || row === hovered;
    const stroke = row === hovered ? ink.accent : ink.background;
    on.circle(x, y, radiusOf(scene, row), {
      fill: colour ?? (listed.has(row) ? ink.text : ink.faint),
      opacity: isNear || listed.has(row) ? 1 : 0.55,
      ...(isNear && { stroke, width: 1.5 }),
    });
  }
}

const radiusOf = ({ chosen, hovered }: ScatterScene, row: number): number =>
  chosen.has(row) ? 6 : row === hovered ? 5 : 3;
