/** Finds points by their place: each square cell has a list of the points in it. */

import { type Field, locate, type MutablePoint } from "../../gl/field";
import { nearestTowards } from "../../stage/pick";
import { isInside, type Outline } from "./polygons";

/** Points in a cell, on average. */
const FULL = 2;
const NONE = -1;

export class Grid {
  /** Rows that have a place, and `[x, y]` of each. */
  readonly rows: readonly number[];
  private readonly xy: Float32Array;
  /** By cell the first of `rows`, and by each the next one in the cell. */
  private readonly heads: Int32Array;
  private readonly nexts: Int32Array;
  private readonly columns: number;
  private readonly size: number;
  private readonly left: number;
  private readonly low: number;

  /** The places that `shown` rows have in a field now. */
  constructor(field: Field, shown: readonly number[]) {
    const spot: MutablePoint = { x: 0, y: 0 };
    const bounds = new Bounds();
    const xy: number[] = [];
    this.rows = shown.filter((row) => {
      if (!locate(field, row, spot)) return false;
      xy.push(spot.x, spot.y);
      bounds.add(spot.x, spot.y);
      return true;
    });
    this.xy = Float32Array.from(xy);
    [this.left, this.low] = [bounds.left, bounds.low];
    this.columns = Math.max(1, Math.ceil(Math.sqrt(this.rows.length / FULL)));
    this.size = Math.max(bounds.side, 1e-12) / this.columns;
    this.heads = new Int32Array(this.columns ** 2).fill(NONE);
    this.nexts = new Int32Array(this.rows.length);
    for (let at = 0; at < this.rows.length; at++) {
      const cell = this.cell(this.index(this.x(at) - this.left), this.index(this.y(at) - this.low));
      this.nexts[at] = this.heads[cell] ?? NONE;
      this.heads[cell] = at;
    }
  }

  /** The row nearest to a place, at most `within` from it; null where there is none. */
  nearest({ x, y }: MutablePoint, within: number): number | null {
    let best: number | null = null;
    let least = within * within;
    const last = this.index(y + within - this.low);
    for (let line = this.index(y - within - this.low); line <= last; line++) {
      const end = this.index(x + within - this.left);
      for (let column = this.index(x - within - this.left); column <= end; column++) {
        let at = this.heads[this.cell(column, line)] ?? NONE;
        for (; at !== NONE; at = this.nexts[at] ?? NONE) {
          const distance = (this.x(at) - x) ** 2 + (this.y(at) - y) ** 2;
          if (distance > least) continue;
          least = distance;
          best = this.rows[at] ?? null;
        }
      }
    }
    return best;
  }

  /** The rows inside an outline. */
  inside(outline: Outline): readonly number[] {
    return this.rows.filter((_, at) => isInside(outline, { x: this.x(at), y: this.y(at) }));
  }

  /** The row nearest in a direction; null where there is none. */
  towards(from: number, x: number, y: number): number | null {
    const start = this.rows.indexOf(from);
    const places = this.rows.map((row, at) => [row, { x: this.x(at), y: this.y(at) }] as const);
    return nearestTowards(places, { x: this.x(start), y: this.y(start) }, { x, y });
  }

  private readonly x = (at: number): number => this.xy[2 * at] ?? Number.NaN;
  private readonly y = (at: number): number => this.xy[2 * at + 1] ?? Number.NaN;
  private readonly cell = (column: number, line: number): number => line * this.columns + column;
  private readonly index = (offset: number): number =>
    Math.min(this.columns - 1, Math.max(0, Math.floor(offset / this.size)));
}

/** The rectangle around points. */
class Bounds {
  left = Number.POSITIVE_INFINITY;
  low = Number.POSITIVE_INFINITY;
  private right = Number.NEGATIVE_INFINITY;
  private high = Number.NEGATIVE_INFINITY;

  add(x: number, y: number): void {
    this.left = Math.min(this.left, x);
    this.low = Math.min(this.low, y);
    this.right = Math.max(this.right, x);
    this.high = Math.max(this.high, y);
  }

  get side(): number {
    return Math.max(this.right - this.left, this.high - this.low);
  }
}
