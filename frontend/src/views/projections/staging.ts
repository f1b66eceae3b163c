/** What a stage is given, and where it puts it. */

import type { DotLook, LineLook } from "../../gl/buffers";
import type { Field, MutablePoint, Positions } from "../../gl/field";
import type { Pane, Style } from "../../gl/painter";
import type { Ink } from "../../model/color";
import type { InstanceMark, Slot } from "../../model/shown";
import type { Point } from "../../stage/geometry";
import type { Extent } from "./maps";

/** Lines that are drawn with a side: within its map, along trails of its own, or to the other side. */
export interface LineSet {
  readonly name: string;
  readonly looks: readonly LineLook[];
  readonly width: number;
  readonly directed: boolean;
  readonly along: "map" | "trail" | "other";
}

/** One moment's points. */
export interface Side {
  readonly place: Slot;
  /** The maps of the two steps that it is between. */
  readonly from: Positions;
  readonly to: Positions;
  readonly shown: readonly number[];
  readonly dots: readonly DotLook[];
  readonly lines: readonly LineSet[];
  /** Trails over the steps in the two layers that it is between; a row a trail, a slice a step. */
  readonly trails: Trails | null;
}

export interface Trails {
  /** Index of the first of the two layers. */
  readonly layer: number;
  readonly places: readonly [Positions, Positions];
}

/** What the whole picture shows, and of which maps: of others, a person looks at all anew. */
export interface Framing {
  readonly of: string;
  readonly extent: Extent;
}

export interface StageScene {
  readonly sides: readonly Side[];
  /** Whether both sides share one pane. */
  readonly minus: boolean;
  readonly framing: Framing;
  readonly style: Style;
  readonly ink: Ink;
  /** What is written beside an instance. */
  readonly nameOf: ((instance: number) => string) | null;
  readonly marks: readonly InstanceMark[];
  /** Instances that are selected, more than have marks. */
  readonly selected: readonly number[];
}

/** An instance on one of the sides. */
export interface Target {
  readonly place: Slot;
  readonly instance: number;
}

/** A side on the stage: its field and its trails', and the pane they are in. */
export interface Moving {
  readonly side: Side;
  readonly field: Field;
  readonly trail: Field | null;
  readonly pane: Pane;
}

/** A place of the map in the pixels of the stage. */
export const toPane = ({ left, width, height, scale, x, y }: Pane, spot: MutablePoint): Point => ({
  x: left + width / 2 + (spot.x - x) * scale,
  y: height / 2 - (spot.y - y) * scale,
});

/** The place of the map at a pixel of the stage. */
export const fromPane = (
  { left, width, height, scale, x, y }: Pane,
  point: Point,
): MutablePoint => ({
  x: x + (point.x - left - width / 2) / scale,
  y: y - (point.y - height / 2) / scale,
});
