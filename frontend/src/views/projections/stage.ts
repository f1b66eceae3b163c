/** Paints the stage frame by frame and answers what is where. */

import type { Ink } from "../../color";
import { type DotLook, dotBytes, type LineLook, lineBytes } from "../../gl/buffers";
import { type Field, locate, type Places, resting, type Spot } from "../../gl/field";
import type { Painter, Pane, Style } from "../../gl/painter";
import type { InstanceMark, Place } from "../../types";
import { type Camera, type Point, type Size, scaleOf, WHOLE } from "../classes/map";
import { Grid } from "./grid";
import { paintOverlay } from "./overlay";
import type { Playhead } from "./playhead";
import type { Outline } from "./polygons";

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
  readonly place: Place;
  /** The maps of the two steps that it is between. */
  readonly from: Places;
  readonly to: Places;
  readonly shown: readonly number[];
  readonly dots: readonly DotLook[];
  readonly lines: readonly LineSet[];
  /** Trails over the steps in the two layers that it is between; a row a trail, a slice a step. */
  readonly trails: Trails | null;
}

export interface Trails {
  /** Place of the first of the two layers. */
  readonly layer: number;
  readonly places: readonly [Places, Places];
}

export interface Scene {
  readonly sides: readonly Side[];
  /** Whether both sides share one pane. */
  readonly minus: boolean;
  /** How far from the middle the edge of the whole picture is. */
  readonly extent: number;
  readonly style: Style;
  readonly ink: Ink;
  /** What is written beside an instance. */
  readonly nameOf: ((instance: number) => string) | null;
  readonly marks: readonly InstanceMark[];
}

/** An instance on one of the sides. */
export interface Target {
  readonly place: Place;
  readonly instance: number;
}

/** What a test reads of the stage. */
export interface StagePicture {
  readonly layer: number;
  readonly step: number;
  readonly moving: boolean;
  readonly sides: readonly {
    readonly place: Place;
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

export type StageCanvas = HTMLCanvasElement & { picture?: () => StagePicture };

/** Pixels from a dot within which one points at it. */
const NEAR = 12;

interface Moving {
  readonly side: Side;
  readonly field: Field;
  readonly trail: Field | null;
  readonly pane: Pane;
}

export class ProjectionStage {
  scene: Scene | null = null;
  size: Size = { width: 0, height: 0 };
  camera: Camera = WHOLE;
  hovered: Target | null = null;
  /** What is being drawn around, in pixels. */
  outline: Outline = [];
  private sides: readonly Moving[] = [];
  private panes: readonly Pane[] = [];
  private readonly uploaded = new Map<string, unknown>();
  private grids: (Grid | null)[] = [];
  /** The pose that the grids are of. */
  private gridded = Number.NaN;
  private readonly seen = new Map<Place, readonly number[]>();

  constructor(
    readonly canvas: StageCanvas,
    readonly over: HTMLCanvasElement,
    private readonly painter: Painter,
    private readonly playhead: Playhead,
  ) {
    canvas.picture = () => this.picture();
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.arrange();
    this.playhead.request();
  }

  resize(size: Size): void {
    this.size = size;
    this.arrange();
    this.playhead.request();
  }

  look(camera: Camera): void {
    this.camera = camera;
    this.playhead.request();
  }

  /** The frame: what has moved is told to the painter, nothing is computed a point. */
  readonly paint = (): void => {
    const { scene, size, playhead, canvas } = this;
    if (!scene || size.width === 0) return;
    for (const moving of this.sides) this.advance(moving);
    const { layer, from, to, t, isReady } = playhead;
    const pose = isReady ? layer + 1e4 * (from + t * (to - from)) : Number.NaN;
    if (pose !== this.gridded) this.grids.fill(null);
    this.gridded = pose;
    this.painter.draw(this.panes, scene.style, size.width, size.height);
    paintOverlay(this.over, this, scene);
    canvas.dataset.layer = String(playhead.layer);
    canvas.dataset.step = String(playhead.step);
    canvas.dataset.moving = String(playhead.moving);
  };

  private advance({ side: { shown, trails }, field, trail, pane }: Moving): void {
    const { playhead, camera, size } = this;
    pose(field, playhead);
    if (trail && trails) trail.across = Math.min(1, Math.max(0, playhead.layer - trails.layer));
    const extent = this.scene?.extent ?? 1;
    pane.scale = shown.length ? scaleOf(this.paneSize(size), camera) / extent : 1;
    pane.x = camera.x * extent;
    pane.y = camera.y * extent;
  }

  get paneCount(): number {
    return Math.max(1, this.panes.length);
  }

  private paneSize({ width, height }: Size): Size {
    return { width: width / this.paneCount, height };
  }

  /** Fields and panes anew; what looks have changed is uploaded. */
  private arrange(): void {
    const { scene, size } = this;
    if (!scene) return;
    const count = scene.minus ? 1 : scene.sides.length;
    const width = size.width / Math.max(1, count);
    const fields = scene.sides.map(({ from, to }) => ({ ...resting(from), to }));
    const trails = scene.sides.map(({ trails }) =>
      trails ? { ...resting(trails.places[0]), to: trails.places[1] } : null,
    );
    const layers = scene.sides.map((side, at) => {
      const field = fields[at] ?? resting(side.from);
      const other = fields[1 - at] ?? field;
      const trail = trails[at] ?? field;
      const ends = { map: [field, field], trail: [trail, trail], other: [field, other] } as const;
      const lines = side.lines.map(({ name, looks, width: wide, directed, along }) => {
        const [own, end] = ends[along];
        const known = `${side.place} ${name}`;
        this.upload(known, looks, () => this.painter.setLines(known, lineBytes(looks)));
        return { name: known, field: own, other: end, width: wide, directed };
      });
      this.upload(side.place, side.dots, () =>
        this.painter.setDots(side.place, dotBytes(side.dots)),
      );
      return { lines, dots: [{ name: side.place, field }] };
    });
    const rest = { width, height: size.height, scale: 1, x: 0, y: 0 };
    this.panes = scene.minus
      ? [
          {
            ...rest,
            left: 0,
            lines: layers.flatMap(({ lines }) => lines),
            dots: layers.flatMap(({ dots }) => dots).toReversed(),
          },
        ]
      : layers.map((own, at) => ({ ...rest, ...own, left: at * width }));
    this.sides = scene.sides.flatMap((side, at) => {
      const [field, pane] = [fields[at], this.panes[scene.minus ? 0 : at]];
      return field && pane ? [{ side, field, trail: trails[at] ?? null, pane }] : [];
    });
    this.grids = this.sides.map(() => null);
  }

  private upload(name: string, looks: unknown, send: () => void): void {
    if (this.uploaded.get(name) === looks) return;
    this.uploaded.set(name, looks);
    send();
  }

  /** Where an instance is, in pixels; null where it is not on the map. */
  screen({ place, instance }: Target): Point | null {
    const found = this.sides.find(({ side }) => side.place === place);
    const spot: Spot = { x: 0, y: 0 };
    return found && locate(found.field, instance, spot) ? toPane(found.pane, spot) : null;
  }

  /** The instance that a place in pixels points at. */
  at(point: Point): Target | null {
    let best: Target | null = null;
    let least = NEAR;
    for (const [at, { side, pane }] of this.sides.entries()) {
      if (point.x < pane.left || point.x >= pane.left + pane.width) continue;
      const instance = this.grid(at).nearest(fromPane(pane, point), least / pane.scale);
      const target = instance === null ? null : { place: side.place, instance };
      const there = target && this.screen(target);
      if (!there) continue;
      least = Math.hypot(there.x - point.x, there.y - point.y);
      best = target;
    }
    return best;
  }

  /** The instances inside an outline in pixels. */
  inside(outline: Outline): readonly number[] {
    const found = this.sides.flatMap(({ pane }, at) => {
      const drawn = outline.map((value, place) =>
        place % 2 ? fromPane(pane, { x: 0, y: value }).y : fromPane(pane, { x: value, y: 0 }).x,
      );
      return this.grid(at).inside(drawn);
    });
    return [...new Set(found)];
  }

  /** Some instances in sight, at most `most`; while all moves, those of before. */
  inSight(place: Place, most: number): readonly number[] {
    const known = this.seen.get(place);
    if (known && this.playhead.moving) return known;
    const found: number[] = [];
    const { side, field, pane } = this.sides.find(({ side }) => side.place === place) ?? {};
    const spot: Spot = { x: 0, y: 0 };
    for (const row of side && field && pane ? side.shown : []) {
      if (found.length === most) break;
      if (!field || !pane || !locate(field, row, spot)) continue;
      const { x, y } = toPane(pane, spot);
      if (x >= pane.left && x < pane.left + pane.width && y >= 0 && y < pane.height)
        found.push(row);
    }
    this.seen.set(place, found);
    return found;
  }

  /** The next instance in a direction; the first one where none is pointed at. */
  towards(from: Target | null, dx: number, dy: number): Target | null {
    const at = Math.max(
      0,
      this.sides.findIndex(({ side }) => side.place === from?.place),
    );
    const place = this.sides[at]?.side.place;
    if (!place) return null;
    const instance = from
      ? this.grid(at).towards(from.instance, dx, dy)
      : (this.grid(at).rows[0] ?? null);
    return instance === null ? from : { place, instance };
  }

  private grid(at: number): Grid {
    const moving = this.sides[at];
    const known = this.grids[at];
    if (known) return known;
    const made = new Grid(moving?.field ?? resting(NOTHING), moving?.side.shown ?? []);
    this.grids[at] = made;
    return made;
  }

  /** Dots as drawn, in pixels. */
  dots(): readonly { readonly at: Point; readonly look: DotLook }[] {
    return this.sides.toReversed().flatMap(({ side }) =>
      side.dots.flatMap((look) => {
        const at = this.screen({ place: side.place, instance: look.row });
        return at ? [{ at, look }] : [];
      }),
    );
  }

  /** Lines as drawn, in pixels. */
  lines(): readonly DrawnLine[] {
    const [start, end]: [Spot, Spot] = [
      { x: 0, y: 0 },
      { x: 0, y: 0 },
    ];
    return this.sides.flatMap(({ side, field, trail, pane }, at) =>
      side.lines.flatMap(({ looks, along, width }) => {
        const own = along === "trail" ? (trail ?? field) : field;
        const other = along === "other" ? (this.sides[1 - at]?.field ?? field) : own;
        return looks.flatMap(({ from, to, slices = [-1, -1], colour }) =>
          locate(own, from, start, slices[0]) && locate(other, to, end, slices[1])
            ? [{ from: toPane(pane, start), to: toPane(pane, end), colour, width }]
            : [],
        );
      }),
    );
  }

  picture(): StagePicture {
    const { layer, step, moving } = this.playhead;
    const spot: Spot = { x: 0, y: 0 };
    return {
      layer,
      step,
      moving,
      sides: this.sides.map(({ side, field, pane }) => {
        const instances = side.shown.filter((row) => locate(field, row, spot));
        const places = instances.map((row) => {
          locate(field, row, spot);
          return { ...spot };
        });
        return {
          place: side.place,
          instances,
          xy: places.map(({ x, y }) => [x, y] as const),
          screen: places.map((place) => {
            const { x, y } = toPane(pane, place);
            return [x, y] as const;
          }),
          lines: Object.fromEntries(side.lines.map(({ name, looks }) => [name, looks.length])),
        };
      }),
    };
  }

  destroy(): void {
    delete this.canvas.picture;
    this.painter.destroy();
  }
}

/** Move a field to where the playhead is; between two steps only once the maps of both are there. */
export function pose(field: Field, { layer, t, isReady }: Playhead): void {
  const last = Math.max(0, field.from.slices - 1);
  const place = Math.min(last, layer);
  field.slice = Math.floor(place);
  field.next = Math.min(last, field.slice + 1);
  field.along = place - field.slice;
  if (isReady) field.across = t;
}

const NOTHING: Places = { xy: new Float32Array(), slices: 0, rows: 0 };

const toPane = ({ left, width, height, scale, x, y }: Pane, spot: Spot): Point => ({
  x: left + width / 2 + (spot.x - x) * scale,
  y: height / 2 - (spot.y - y) * scale,
});

const fromPane = ({ left, width, height, scale, x, y }: Pane, point: Point): Spot => ({
  x: x + (point.x - left - width / 2) / scale,
  y: y - (point.y - height / 2) / scale,
});
