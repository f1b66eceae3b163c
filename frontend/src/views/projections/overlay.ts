/** What is painted over the dots: names, the marks of chosen instances, what is pointed at and drawn around. */

import { shortName } from "../../model/names";
import type { Slot } from "../../model/shown";
import { type Surface, textWidth } from "../../plot/surface";
import type { Point, Size } from "../../stage/geometry";
import { labels, type Wanted } from "../../stage/labels";
import type { Outline } from "./polygons";
import type { StageScene, Target } from "./staging";

/** With at most this many instances in sight their names are written. */
export const MOST_NAMES = 60;
const LONGEST_NAME = 28;

/** The stage under it, as it is at present. */
export interface Overlaid {
  readonly size: Size;
  readonly hovered: Target | null;
  /** What is being drawn around, in pixels. */
  readonly outline: Outline;
  readonly screen: (target: Target) => Point | null;
  readonly inSight: (place: Slot, most: number) => readonly number[];
}

export function paintOverlay(on: Surface, stage: Overlaid, scene: StageScene): void {
  const { nameOf, sides, marks } = scene;
  if (nameOf) paintNames(on, stage, scene, nameOf);
  for (const { place } of nameOf ? [] : sides) {
    for (const { instance, number } of marks) {
      const at = stage.screen({ place, instance });
      if (at) write(on, scene, String(number), { x: at.x + 9, y: at.y - 8 }, true);
    }
  }
  paintHovered(on, stage, scene);
  paintOutline(on, stage.outline, scene);
}

/**
 * Names of the instances in sight where these are few, else of those selected; of these each has one while they
 * are few enough for marks, else those for which there is room.
 */
function paintNames(
  on: Surface,
  stage: Overlaid,
  scene: StageScene,
  nameOf: (instance: number) => string,
): void {
  const marked = new Set(scene.marks.map(({ instance }) => instance));
  const selected = new Set(scene.selected);
  const nameIn = (row: number) => shortName(nameOf(row), LONGEST_NAME);
  for (const { place } of scene.sides) {
    const inSight = stage.inSight(place, MOST_NAMES + 1);
    const others = inSight.length > MOST_NAMES ? [] : inSight.filter((row) => !selected.has(row));
    const rows = [...scene.selected, ...others];
    const wanted = rows.flatMap((row): Wanted[] => {
      const at = stage.screen({ place, instance: row });
      return at
        ? [{ row, at, radius: 8, width: textWidth(nameIn(row)), must: marked.has(row) }]
        : [];
    });
    for (const { row, left, top, bottom } of labels(wanted, stage.size))
      write(on, scene, nameIn(row), { x: left, y: (top + bottom) / 2 });
  }
}

function paintHovered(on: Surface, stage: Overlaid, { sides, ink }: StageScene): void {
  const { hovered } = stage;
  for (const { place } of hovered ? sides : []) {
    const at = hovered && stage.screen({ ...hovered, place });
    if (at) on.circle(at.x, at.y, 9, { stroke: ink.text, width: 2 });
  }
}

function paintOutline(on: Surface, outline: readonly number[], { ink }: StageScene): void {
  if (outline.length < 4) return;
  on.path(`M${outline.join(" ")}Z`, { stroke: ink.accent, width: 1.5, dash: [4, 3] });
}

function write(
  on: Surface,
  { ink }: StageScene,
  text: string,
  { x, y }: Point,
  isStrong = false,
): void {
  on.text(x, y, text, { colour: ink.text, isStrong, halo: ink.background });
}
