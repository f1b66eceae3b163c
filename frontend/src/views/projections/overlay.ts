/** What is painted over the dots: names, the marks of chosen instances, what is pointed at and drawn around. */

import { glyphPath } from "../../model/glyphs";
import { shortName } from "../../model/names";
import type { Place } from "../../model/shown";
import { fitCanvas } from "../../plot/canvas";
import type { Point, Size } from "../../stage/geometry";
import { labels, type Wanted } from "../../stage/labels";
import type { Outline } from "./polygons";
import type { Scene, Target } from "./staging";

/** With at most this many instances in sight their names are written. */
export const MOST_NAMES = 60;
const LONGEST_NAME = 28;
const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/** The stage under it, as it is at present. */
export interface Overlaid {
  readonly size: Size;
  readonly hovered: Target | null;
  /** What is being drawn around, in pixels. */
  readonly outline: Outline;
  readonly screen: (target: Target) => Point | null;
  readonly inSight: (place: Place, most: number) => readonly number[];
}

export function paintOverlay(canvas: HTMLCanvasElement, stage: Overlaid, scene: Scene): void {
  const context = fitCanvas(canvas, stage.size);
  if (!context) return;
  context.font = FONT;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  if (scene.nameOf) paintNames(context, stage, scene, scene.nameOf);
  for (const { place } of scene.nameOf ? [] : scene.sides) {
    for (const { instance, number } of scene.marks) {
      const at = stage.screen({ place, instance });
      if (at) write(context, scene, String(number), { x: at.x + 9, y: at.y - 8 }, true);
    }
  }
  paintHovered(context, stage, scene);
  paintOutline(context, stage.outline, scene);
}

/** Names of the instances in sight where these are few, else of the chosen ones, where there is room. */
function paintNames(
  context: CanvasRenderingContext2D,
  stage: Overlaid,
  scene: Scene,
  nameOf: (instance: number) => string,
): void {
  const chosen = scene.marks.map(({ instance }) => instance);
  for (const { place } of scene.sides) {
    const inSight = stage.inSight(place, MOST_NAMES + 1);
    const rows = inSight.length > MOST_NAMES ? chosen : inSight;
    const wanted = rows.flatMap((row): Wanted[] => {
      const at = stage.screen({ place, instance: row });
      const width = context.measureText(shortName(nameOf(row), LONGEST_NAME)).width;
      return at ? [{ row, at, radius: 8, width, must: false }] : [];
    });
    for (const { row, left, top, bottom } of labels(wanted, stage.size))
      write(context, scene, shortName(nameOf(row), LONGEST_NAME), {
        x: left,
        y: (top + bottom) / 2,
      });
  }
}

function paintHovered(
  context: CanvasRenderingContext2D,
  stage: Overlaid,
  { sides, ink }: Scene,
): void {
  const { hovered } = stage;
  if (!hovered) return;
  for (const { place } of sides) {
    const at = stage.screen({ ...hovered, place });
    if (!at) continue;
    context.strokeStyle = ink.accent;
    context.lineWidth = 2;
    context.stroke(new Path2D(glyphPath("circle", at.x, at.y, 9)));
  }
}

function paintOutline(
  context: CanvasRenderingContext2D,
  outline: readonly number[],
  { ink }: Scene,
): void {
  if (outline.length < 4) return;
  context.beginPath();
  for (let at = 0; at < outline.length; at += 2)
    context.lineTo(outline[at] ?? 0, outline[at + 1] ?? 0);
  context.closePath();
  context.strokeStyle = ink.accent;
  context.lineWidth = 1.5;
  context.setLineDash([4, 3]);
  context.stroke();
  context.setLineDash([]);
}

function write(
  context: CanvasRenderingContext2D,
  { ink }: Scene,
  text: string,
  { x, y }: Point,
  isStrong = false,
): void {
  context.font = isStrong ? `600 ${FONT}` : FONT;
  context.lineWidth = 3;
  context.strokeStyle = ink.background;
  context.fillStyle = ink.text;
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}
