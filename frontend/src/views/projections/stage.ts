/** Paints the stage frame by frame and answers what is where. */

import { dotBytes, lineBytes } from "../../gl/buffers";
import { type Field, locate, type MutablePoint, type Positions, resting } from "../../gl/field";
import type { Painter, Pane, Style } from "../../gl/painter";
import type { Slot } from "../../model/shown";
import { fitCanvas } from "../../plot/canvas";
import type { DrawnCanvas, Vector } from "../../plot/onScreen";
import { CanvasSurface, SvgSurface } from "../../plot/surface";
import type { Camera } from "../../stage/camera";
import type { Point, Size } from "../../stage/geometry";
import { scaleOf, WHOLE } from "../../stage/mapFrame";
import { Grid } from "./grid";
import type { Extent } from "./maps";
import { paintOverlay } from "./overlay";
import type { Playhead } from "./playhead";
import type { Outline } from "./polygons";
import { drawnPanes, paintPane, pictureOf, type StageCanvas } from "./reading";
import { fromPane, type Moving, type Side, type StageScene, type Target, toPane } from "./staging";

/** Pixels from a dot within which one points at it. */
const NEAR = 12;

const BLACK = [0, 0, 0] as const;

export class ProjectionStage {
  scene: StageScene | null = null;
  size: Size = { width: 0, height: 0 };
  camera: Camera = WHOLE;
  hovered: Target | null = null;
  /** What is being drawn around, in pixels. */
  outline: Outline = [];
  /** The scene's, with dots as large as the zoom makes them. */
  private style: Style = { dotScale: 1, pictures: null, ring: BLACK, ground: BLACK };
  private sides: readonly Moving[] = [];
  private panes: readonly Pane[] = [];
  private readonly uploaded = new Map<string, unknown>();
  private grids: (Grid | null)[] = [];
  /** The pose that the grids are of. */
  private gridded = Number.NaN;
  private readonly seen = new Map<Slot, readonly number[]>();

  constructor(
    readonly canvas: StageCanvas,
    readonly over: DrawnCanvas,
    private readonly painter: Painter,
    private readonly playhead: Playhead,
  ) {
    canvas.picture = () => pictureOf(this.sides, this.playhead);
    canvas.drawing = (whole) => this.drawing(whole);
    over.drawing = () => this.overDrawing();
  }

  show(scene: StageScene): void {
    if (this.scene && scene.framing.of !== this.scene.framing.of) this.camera = WHOLE;
    this.scene = scene;
    this.style = { ...scene.style };
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
    this.style.dotScale = scene.style.dotScale * growth(this.camera, scene.style);
    this.painter.draw(this.panes, this.style, size.width, size.height);
    const context = fitCanvas(this.over, size);
    if (context) paintOverlay(new CanvasSurface(context), this, scene);
    canvas.dataset.layer = String(playhead.layer);
    canvas.dataset.step = String(playhead.step);
    canvas.dataset.moving = String(playhead.moving);
  };

  private advance({ side: { shown, trails }, field, trail, pane }: Moving): void {
    const { playhead, camera, size } = this;
    pose(field, playhead);
    if (trail && trails) trail.across = Math.min(1, Math.max(0, playhead.layer - trails.layer));
    const { x, y, reach } = this.scene?.framing.extent ?? EVERYTHING;
    pane.scale = shown.length ? scaleOf(this.paneSize(size), camera) / reach : 1;
    pane.x = x - camera.x / pane.scale;
    pane.y = y + camera.y / pane.scale;
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
    const fields = scene.sides.map((side) => this.fieldOf(side));
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

  /** A side's field, as far across as it was. */
  private fieldOf({ place, from, to }: Side): Field {
    const before = this.sides.find(({ side }) => side.place === place);
    const stays = before?.side.from === from && before.side.to === to;
    return { ...resting(from), to, across: stays ? before.field.across : 0 };
  }

  private upload(name: string, looks: unknown, send: () => void): void {
    if (this.uploaded.get(name) === looks) return;
    this.uploaded.set(name, looks);
    send();
  }

  /** Where an instance is, in pixels; null where it is not on the map. */
  screen({ place, instance }: Target): Point | null {
    const found = this.sides.find(({ side }) => side.place === place);
    const spot: MutablePoint = { x: 0, y: 0 };
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
  inSight(place: Slot, most: number): readonly number[] {
    const known = this.seen.get(place);
    if (known && this.playhead.moving) return known;
    const found: number[] = [];
    const { side, field, pane } = this.sides.find(({ side }) => side.place === place) ?? {};
    const spot: MutablePoint = { x: 0, y: 0 };
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

  /** Dots and lines as shapes; for the screen alone, and where dots are pictures, its pixels. */
  private drawing(whole: boolean): Vector | null {
    if (!this.scene) return null;
    const { width, height } = this.size;
    if (!whole || this.scene.style.pictures) {
      this.paint(); // a canvas of WebGL has its pixels only within the frame
      const pixels = this.canvas.toDataURL();
      return { text: `<image width="${width}" height="${height}" href="${pixels}"/>`, height };
    }
    const on = new SvgSurface();
    for (const pane of drawnPanes(this.sides)) paintPane(on, pane, height, this.scene.ink);
    return { text: on.drawing, height };
  }

  private overDrawing(): Vector | null {
    if (!this.scene) return null;
    const on = new SvgSurface();
    paintOverlay(on, this, this.scene);
    return { text: on.drawing, height: this.size.height };
  }

  /** Let go of the canvases; the painter stays. */
  release(): void {
    delete this.canvas.picture;
    delete this.canvas.drawing;
    delete this.over.drawing;
  }
}

/** Dots grow a little as one zooms in, pictures until they can be looked at. */
const growth = ({ zoom }: Camera, { pictures }: Style): number =>
  Math.min(pictures ? 6 : 2, Math.max(0.7, zoom ** (pictures ? 0.8 : 0.3)));

/** Move a field to where the playhead is; between two steps only once the maps of both are there. */
export function pose(field: Field, { layer, t, isReady }: Playhead): void {
  const last = Math.max(0, field.from.slices - 1);
  const place = Math.min(last, layer);
  field.slice = Math.floor(place);
  field.next = Math.min(last, field.slice + 1);
  field.along = place - field.slice;
  if (isReady) field.across = t;
}

const EVERYTHING: Extent = { x: 0, y: 0, reach: 1 };
const NOTHING: Positions = { xy: new Float32Array(), slices: 0, rows: 0 };
