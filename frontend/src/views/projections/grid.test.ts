import { describe, expect, it } from "vitest";
import { NOWHERE, resting } from "../../gl/field";
import { Grid } from "./grid";
import { boxed, isInside } from "./polygons";

/** Numbers in [0, 1) that are the same every time. */
function numbers(count: number, seed = 7): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  });
}

const ROWS = 500;
const xy = Float32Array.from(numbers(2 * ROWS).map((value) => 10 * value * value - 3));
const field = resting({ xy, slices: 1, rows: ROWS });
const rows = Array.from({ length: ROWS }, (_, row) => row);
const place = (row: number) => ({ x: xy[2 * row] ?? 0, y: xy[2 * row + 1] ?? 0 });

describe("the grid", () => {
  const grid = new Grid(field, rows);

  it("finds the nearest point, as looking at all of them does", () => {
    const asked = numbers(400, 3).map((value) => 12 * value - 4);
    for (let at = 0; at < asked.length; at += 2) {
      const spot = { x: asked[at] ?? 0, y: asked[at + 1] ?? 0 };
      const far = (row: number) => Math.hypot(place(row).x - spot.x, place(row).y - spot.y);
      const best = rows.reduce((one, other) => (far(other) < far(one) ? other : one));
      expect(grid.nearest(spot, 0.5)).toBe(far(best) <= 0.5 ? best : null);
    }
  });

  it("finds the points inside an outline", () => {
    const outline = [-2, -2, 4, -3, 5, 5, 0, 1, -1, 6];
    expect(grid.inside(outline)).toEqual(rows.filter((row) => isInside(outline, place(row))));
    expect(grid.inside(boxed(9, 9, -9, -9))).toHaveLength(ROWS);
  });

  it("knows no rows without a place, and only those shown", () => {
    const some = new Grid(
      resting({ xy: Float32Array.from([0, 0, NOWHERE, NOWHERE, 1, 1]), slices: 1, rows: 3 }),
      [1, 2],
    );
    expect(some.rows).toEqual([2]);
    expect(some.nearest({ x: 0, y: 0 }, 0.5)).toBeNull();
    expect(new Grid(field, []).nearest({ x: 0, y: 0 }, 5)).toBeNull();
  });

  it("goes from point to point in a direction", () => {
    const cross = new Grid(
      resting({ xy: Float32Array.from([0, 0, 2, 0.1, 5, 0, 0, 3, -1, 0]), slices: 1, rows: 5 }),
      [0, 1, 2, 3, 4],
    );
    expect(cross.towards(0, 1, 0)).toBe(1);
    expect(cross.towards(0, 0, 1)).toBe(3);
    expect(cross.towards(0, -1, 0)).toBe(4);
    expect(cross.towards(0, 0, -1)).toBeNull();
  });
});

describe("an outline", () => {
  it("counts what it goes around, also where it is bent inwards", () => {
    const bay = [0, 0, 4, 0, 4, 4, 2, 1, 0, 4];
    expect(isInside(bay, { x: 1, y: 1 })).toBe(true);
    expect(isInside(bay, { x: 2, y: 3 })).toBe(false);
    expect(isInside(bay, { x: 5, y: 1 })).toBe(false);
  });
});
