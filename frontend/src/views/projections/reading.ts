/** What is drawn on a stage, as numbers: for files and tests. */

import type { DotLook, LineLook } from "../../gl/buffers";
import { locate, type MutablePoint } from "../../gl/field";
import type { Ink } from "../../model/color";
import { glyphPath } from "../../model/glyphs";
import { GLYPHS, type Slot } from "../../model/shown";
import type { DrawnCanvas } from "../../plot/onScreen";
import type { Surface } from "../../plot/surface";
import type { Point } from "../../stage/geometry";
import type { Playhead } from "./playhead";
import { type Moving, toPane } from "./staging";

/** What a test reads of the stage. */
export interface StagePicture {
  readonly layer: number;
  readonly step: number;
  readonly moving: boolean;
  readonly sides: readonly {
    readonly place: Slot;
    readonly instances: readonly number[];
    /** As drawn, in the units of the map. */
    readonly xy: readonly (readonly [number, number])[];
    /** In pixels of the stage. */
    readonly screen: readonly (readonly [number, number])[];
    readonly lines: Readonly<Record<string, number>>;
  }[];
}

export interface DrawnLine extends Pick<LineLook, "colour"> {
  readonly from: Point;
  readonly to: Point;
  readonly width: number;
}

export type StageCanvas = DrawnCanvas & { picture?: () => StagePicture };

export interface DrawnDot {
  readonly at: Point;
  readonly look: DotLook;
}

/** A side's dots and lines, and the part of the stage that they are drawn in. */
export interface DrawnPane {
  readonly left: number;
  readonly width: number;
  readonly dots: readonly DrawnDot[];
  readonly lines: readonly DrawnLine[];
}

/** Dots and lines in pixels, B's first: A's lie over them where both share a pane. */
export function drawnPanes(sides: readonly Moving[]): readonly DrawnPane[] {
  return sides
    .map((moving, at) => ({
      left: moving.pane.left,
      width: moving.pane.width,
      dots: drawnDots(moving),
      lines: drawnLines(moving, sides[1 - at]),
    }))
    .toReversed();
}

function drawnDots({ side, field, pane }: Moving): readonly DrawnDot[] {
  const spot: MutablePoint = { x: 0, y: 0 };
  return side.dots.flatMap((look) =>
    locate(field, look.row, spot) ? [{ at: toPane(pane, spot), look }] : [],
  );
}

function drawnLines(
  { side, field, trail, pane }: Moving,
  opposite: Moving | undefined,
): readonly DrawnLine[] {
  const [start, end]: [MutablePoint, MutablePoint] = [
    { x: 0, y: 0 },
    { x: 0, y: 0 },
  ];
  return side.lines.flatMap(({ looks, along, width }) => {
    const own = along === "trail" ? (trail ?? field) : field;
    const other = along === "other" ? (opposite?.field ?? field) : own;
    return looks.flatMap(({ from, to, slices = [-1, -1], colour }) =>
      locate(own, from, start, slices[0]) && locate(other, to, end, slices[1])
        ? [{ from: toPane(pane, start), to: toPane(pane, end), colour, width }]
        : [],
    );
  });
}

/** A side within its pane, as the graphics card draws it. */
export function paintPane(on: Surface, pane: DrawnPane, height: number, ink: Ink): void {
  on.within({ x: pane.left, y: 0, width: pane.width, height }, () => {
    for (const { from, to, colour, width } of pane.lines) {
      const look = { stroke: css(colour), opacity: colour[3] / 255, width };
      on.path(`M${from.x} ${from.y}L${to.x} ${to.y}`, look);
    }
    for (const { at, look } of pane.dots) {
      const shape = glyphPath(GLYPHS[look.glyph] ?? "circle", at.x, at.y, look.radius);
      const colour = css(look.colour);
      if (look.hollow) on.path(shape, { stroke: colour, width: 1.5 });
      else on.path(shape, { fill: colour, opacity: look.colour[3] / 255 });
      if (look.ringed && !look.hollow) on.path(shape, { stroke: ink.text, width: 2 });
    }
  });
}

const css = ([red, green, blue]: readonly [number, number, number, number]): string =>
  `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;

/** Where everything is, in the units of the map and in pixels. */
export function pictureOf(
  sides: readonly Moving[],
  { layer, step, moving }: Playhead,
): StagePicture {
  const spot: MutablePoint = { x: 0, y: 0 };
  return {
    layer,
    step,
    moving,
    sides: sides.map(({ side, field, pane }) => {
      const found = side.shown.flatMap((instance) => {
        if (!locate(field, instance, spot)) return [];
        const { x, y } = toPane(pane, spot);
        return [{ instance, xy: [spot.x, spot.y] as const, screen: [x, y] as const }];
      });
      return {
        place: side.place,
        instances: found.map(({ instance }) => instance),
        xy: found.map(({ xy }) => xy),
        screen: found.map(({ screen }) => screen),
        lines: Object.fromEntries(side.lines.map(({ name, looks }) => [name, looks.length])),
      };
    }),
  };
}
