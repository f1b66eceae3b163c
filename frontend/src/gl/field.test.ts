import { describe, expect, it } from "vitest";
import { type Field, locate, NOWHERE, type Positions, resting } from "./field";

/** Two slices of two rows. */
const places = (...xy: readonly number[]): Positions => ({
  xy: Float32Array.from(xy),
  slices: 2,
  rows: 2,
});
const from = places(0, 0, 10, 0, 4, 8, 10, 4);
const to = places(2, 2, 20, 0, 6, 0, NOWHERE, NOWHERE);

function at(changes: Partial<Field>, row = 0, fixed = -1) {
  const spot = { x: 0, y: 0 };
  const known = locate({ ...resting(from), to, ...changes }, row, spot, fixed);
  return known ? [spot.x, spot.y] : null;
}

describe("a field", () => {
  it("is a slice's own places at a stop", () => {
    expect(at({ slice: 1, next: 1 })).toEqual([4, 8]);
    expect(at({ slice: 0, next: 1, along: 1 })).toEqual([4, 8]);
    expect(at({ slice: 1, next: 1, across: 1 })).toEqual([6, 0]);
  });

  it("lies half-way between two slices, and between two lists", () => {
    expect(at({ slice: 0, next: 1, along: 0.5 })).toEqual([2, 4]);
    expect(at({ slice: 0, next: 0, across: 0.5 })).toEqual([1, 1]);
  });

  it("mixes four corners bilinearly", () => {
    expect(at({ slice: 0, next: 1, along: 0.25, across: 0.75 })).toEqual([
      0.75 * 0.25 * 0 + 0.25 * 0.25 * 4 + 0.75 * 0.75 * 2 + 0.25 * 0.75 * 6,
      0.25 * 0.25 * 8 + 0.75 * 0.75 * 2,
    ]);
  });

  it("stays where a place is known at one end alone", () => {
    expect(at({ slice: 1, next: 1, across: 0.9 }, 1)).toEqual([10, 4]);
  });

  it("has no place for a row or a slice beyond its ends", () => {
    expect(at({}, 2)).toBeNull();
    expect(at({ slice: 1, next: 1, across: 0, from: to }, 1)).toBeNull();
    expect(at({}, 0, 5)).toBeNull();
  });

  it("can be asked for one slice, wherever it is along them", () => {
    expect(at({ slice: 0, next: 1, along: 0.3 }, 0, 1)).toEqual([4, 8]);
  });
});
