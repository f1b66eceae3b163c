/** Paints the rows in sight and answers what is where: the one object behind picture, pointer and tests. */

import type { Ink } from "../../model/color";
import type { PanelData, Placed } from "../../model/histograms/panel";
import { fitCanvas } from "../../plot/canvas";
import type { DrawnCanvas, Vector } from "../../plot/onScreen";
import { CanvasSurface, type Surface, SvgSurface } from "../../plot/surface";
import { Motion, mixed, still } from "../../stage/motion";
import {
  inSight,
  pinnedExtent,
  placeAt,
  type RowsLayout,
  rowCount,
  rowTop,
  unitIn,
} from "./layout";
import { type Frame, paintRow } from "./paint";
import { type Row, type RowStyle, rowPicture } from "./picture";

export interface PanelScene {
  readonly data: PanelData;
  readonly layout: RowsLayout;
  readonly style: RowStyle;
  readonly frame: Frame;
  readonly height: number;
  readonly ink: Ink;
}

/** What moves over the scene without changing it. */
export interface Pointing {
  readonly scroll: number;
  /** The unit that the keyboard or the pointer is at, and the one shown in the unit panel. */
  readonly active: number | null;
  readonly opened: number | null;
}

export interface PlacedRow extends Row {
  readonly top: number;
}

/** What a test reads from the canvas. */
export interface Picture {
  readonly layer: string;
  /** Marks name subjects by their place in this list. */
  readonly subjects: readonly Placed[];
  readonly order: readonly number[];
  readonly rows: readonly PlacedRow[];
}

/** A canvas of ours: it tells what it shows. */
export type StageCanvas = DrawnCanvas & { picture?: () => Picture };

/** Rows of a panel that a drawing has at most. */
const MOST_ROWS = 500;

export class Stage {
  private readonly rows = new Map<number, Row>();
  /** What is shown; null before the first time. */
  scene: PanelScene | null = null;
  private pointing: Pointing = { scroll: 0, active: null, opened: null };
  private motion: Motion<number, number> | null = null;
  private frame = 0;

  constructor(private readonly canvas: StageCanvas) {
    canvas.picture = () => this.picture();
    canvas.drawing = (whole) => this.drawing(whole);
  }

  /** Show a scene; with `moving`, rows glide from where they are. */
  show(scene: PanelScene, pointing: Pointing, moving: boolean): void {
    const { data, style } = scene;
    if (moving && this.scene && !still()) this.motion = new Motion(this.tops(), mixed);
    if (data !== this.scene?.data || style !== this.scene.style) this.rows.clear();
    this.scene = scene;
    this.pointing = pointing;
    this.schedule();
  }

  /** The unit at a y of the view, or null. */
  unitAt(y: number): number | null {
    if (!this.scene) return null;
    const place = placeAt(this.scene.layout, y, this.pointing.scroll);
    return place < 0 ? null : (unitIn(this.scene.layout, place) ?? null);
  }

  row(unit: number): Row | null {
    if (!this.scene) return null;
    const known = this.rows.get(unit);
    if (known) return known;
    if (this.rows.size > 2000) this.rows.clear();
    const made = rowPicture(this.scene.data, unit, this.scene.style);
    this.rows.set(unit, made);
    return made;
  }

  /** Rows in sight at rest, from top to bottom, exactly as painted. */
  picture(): Picture {
    const { scene } = this;
    if (!scene) return { layer: "", subjects: [], order: [], rows: [] };
    const { layout, data, height } = scene;
    const { scroll } = this.pointing;
    const rows = inSight(layout, scroll, height).flatMap((place) => {
      const unit = unitIn(layout, place);
      const row = unit === undefined ? null : this.row(unit);
      return row ? [{ ...row, top: rowTop(layout, place, scroll) }] : [];
    });
    const subjects = data.subjects.map(({ place, key }) => ({ place, key }));
    return { layer: data.layer, subjects, order: [...layout.pinned, ...layout.body], rows };
  }

  /** Rows at rest: all from the top, or those in sight. */
  private drawing(whole: boolean): Vector | null {
    const { scene } = this;
    if (!scene) return null;
    const on = new SvgSurface();
    const { frame, layout, ink, height } = scene;
    if (!whole) {
      this.paintRows(on, this.picture().rows, scene);
      return { text: on.drawing, height };
    }
    const units = [...layout.pinned, ...layout.body];
    let top = 0;
    for (const unit of units.slice(0, MOST_ROWS)) {
      const row = this.row(unit);
      if (!row) continue;
      paintRow(on, row, top, frame, ink);
      top += row.height;
    }
    if (units.length > MOST_ROWS) {
      const words = `the first ${MOST_ROWS} of ${units.length} units; the CSV has all`;
      on.text(frame.label, top + 10, words, { colour: ink.faint });
      top += 20;
    }
    return { text: on.drawing, height: Math.max(top, height) };
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    delete this.canvas.picture;
    delete this.canvas.drawing;
  }

  private schedule(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame((now) => this.paint(now));
  }

  /** Current tops of all rows, moving or not, by unit. */
  private tops(): Map<number, number> {
    const tops = new Map<number, number>();
    if (!this.scene) return tops;
    const { layout } = this.scene;
    const { motion } = this;
    const now = performance.now();
    for (let place = 0; place < rowCount(layout); place++) {
      const unit = unitIn(layout, place) ?? -1;
      const top = rowTop(layout, place, this.pointing.scroll);
      tops.set(unit, motion?.at(unit, top, now) ?? top);
    }
    return tops;
  }

  private paint(now: number): void {
    const { canvas, scene } = this;
    const context = scene && fitCanvas(canvas, { width: scene.frame.width, height: scene.height });
    if (!scene || !context) return;
    const moving = this.motion !== null && !this.motion.isOver(now);
    if (!moving) this.motion = null;
    const rows = moving ? this.moving() : this.picture().rows;
    this.paintRows(new CanvasSurface(context), rows, scene);
    if (moving) this.schedule();
  }

  /** The body, and over it the pinned rows. */
  private paintRows(on: Surface, rows: readonly PlacedRow[], scene: PanelScene): void {
    const { frame, height, ink, layout } = scene;
    const pinned = new Set(layout.pinned);
    const above = pinnedExtent(layout);
    on.within({ x: 0, y: above, width: frame.width, height: height - above }, () => {
      for (const row of rows) if (!pinned.has(row.unit)) this.paintOne(on, row, scene);
    });
    const line = { x: 0, y: above - 1, width: frame.width, height: 1 };
    if (above) on.rect(line, { fill: ink.faint });
    for (const row of rows) if (pinned.has(row.unit)) this.paintOne(on, row, scene);
  }

  private paintOne(on: Surface, row: PlacedRow, { frame, ink }: PanelScene): void {
    const { active, opened } = this.pointing;
    if (row.unit === active || row.unit === opened) {
      const fill = row.unit === opened ? ink.accent : ink.faint;
      const box = { x: 0, y: row.top, width: frame.width, height: row.height };
      on.rect(box, { fill, opacity: 0.14 });
      on.rect({ ...box, width: 3 }, { fill });
    }
    paintRow(on, row, row.top, frame, ink);
  }

  /** Rows in sight in the midst of a motion. */
  private moving(): PlacedRow[] {
    const height = this.scene?.height ?? 0;
    return [...this.tops()].flatMap(([unit, top]) => {
      if (top < -40 || top > height) return [];
      const row = this.row(unit);
      return row ? [{ ...row, top }] : [];
    });
  }
}
