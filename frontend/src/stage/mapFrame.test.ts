import { describe, expect, it } from "vitest";
import { panned } from "./camera";
import type { Point } from "./geometry";
import { type Label, labels, type Wanted } from "./labels";
import { fromScreen, normalised, toScreen, WHOLE, zoomedMap } from "./mapFrame";
import { DIRECTIONS, dotAt, nearestTowards } from "./pick";

const size = { width: 300, height: 200 };

describe("the map", () => {
  it("keeps shape and orientation, fills −1 to 1 and leaves out what has no place", () => {
    const xy = Float32Array.of(10, 0, 14, 1, Number.NaN, Number.NaN, 10, 2);
    expect(normalised(xy)).toEqual([{ x: -1, y: -0.5 }, { x: 1, y: 0 }, null, { x: -1, y: 0.5 }]);
  });

  it("of classes at one place, or of none, is still a map", () => {
    expect(normalised(Float32Array.of(3, 3, 3, 3))).toEqual([
      { x: 0, y: 0 },
      { x: 0, y: 0 },
    ]);
    expect(normalised(Float32Array.of(Number.NaN, 0))).toEqual([null]);
  });

  it("is wholly in its frame at first, with up upwards", () => {
    for (const x of [-1, 1])
      for (const y of [-1, 1]) {
        const at = toScreen({ x, y }, size, WHOLE);
        expect(at.x).toBeGreaterThan(0);
        expect(at.x).toBeLessThan(size.width);
        expect(Math.sign(at.y - size.height / 2)).toBe(-y);
        expect(at.y).toBeGreaterThan(0);
        expect(at.y).toBeLessThan(size.height);
      }
  });

  it("finds the place under a pixel again", () => {
    const camera = { zoom: 3, x: 40, y: -20 };
    const there = fromScreen(toScreen({ x: 0.1, y: 0.7 }, size, camera), size, camera);
    expect(there.x).toBeCloseTo(0.1);
    expect(there.y).toBeCloseTo(0.7);
  });

  it("zooms about the pointer, within bounds", () => {
    const pointer = { x: 40, y: 150 };
    const before = fromScreen(pointer, size, WHOLE);
    const camera = zoomedMap(WHOLE, 5, pointer, size);
    expect(camera.zoom).toBe(5);
    const after = fromScreen(pointer, size, camera);
    expect(after.x).toBeCloseTo(before.x);
    expect(after.y).toBeCloseTo(before.y);
    expect(zoomedMap(WHOLE, 1e9, pointer, size).zoom).toBe(100);
    expect(zoomedMap(WHOLE, 1e-9, pointer, size).zoom).toBe(0.5);
  });

  it("follows the pointer that drags it", () => {
    const place = { x: 0.3, y: 0.3 };
    const camera = { zoom: 2, x: 0, y: 0 };
    const before = toScreen(place, size, camera);
    const after = toScreen(place, size, panned(camera, { x: 12, y: -7 }));
    expect(after.x - before.x).toBeCloseTo(12);
    expect(after.y - before.y).toBeCloseTo(-7);
  });
});

describe("labels", () => {
  const wanted = (row: number, at: Point, must = false): Wanted => ({
    row,
    at,
    radius: 3,
    width: 60,
    must,
  });
  const overlap = (one: Label, other: Label) =>
    one.left < other.right &&
    other.left < one.right &&
    one.top < other.bottom &&
    other.top < one.bottom;

  it("never cover one another or leave the frame; those that come first are placed first", () => {
    const many = Array.from({ length: 40 }, (_, row) =>
      wanted(row, { x: 40 + ((row * 37) % 250), y: 40 + ((row * 53) % 150) }),
    );
    const placed = labels(many, size);
    expect(placed[0]?.row).toBe(0);
    expect(placed.length).toBeGreaterThan(10);
    for (const [place, one] of placed.entries()) {
      expect(one.left).toBeGreaterThanOrEqual(0);
      expect(one.right).toBeLessThanOrEqual(size.width);
      expect(placed.slice(0, place).filter((other) => overlap(one, other))).toEqual([]);
    }
  });

  it("that must be there are there, pushed into the frame", () => {
    const tight = { width: 50, height: 20 };
    const placed = labels([wanted(0, { x: 48, y: 2 }), wanted(1, { x: 48, y: 2 }, true)], tight);
    expect(placed).toEqual([{ row: 1, left: 0, top: 0, right: 60, bottom: 14 }]);
  });
});

describe("pointing", () => {
  const dots = new Map([
    [4, { x: 50, y: 50 }],
    [7, { x: 56, y: 50 }],
    [9, { x: 200, y: 50 }],
    [2, { x: 50, y: 150 }],
  ]);

  it("finds the nearest dot within reach, else the label under the pointer", () => {
    const label = { row: 9, left: 205, top: 43, right: 260, bottom: 57 };
    expect(dotAt({ x: 54, y: 50 }, dots, [])).toBe(7);
    expect(dotAt({ x: 240, y: 50 }, dots, [label])).toBe(9);
    expect(dotAt({ x: 240, y: 80 }, dots, [label])).toBeNull();
  });

  it("goes by arrow keys to the nearest dot in that direction", () => {
    expect(nearestTowards(dots, { x: 50, y: 50 }, DIRECTIONS.ArrowRight ?? { x: 0, y: 0 })).toBe(7);
    expect(nearestTowards(dots, { x: 56, y: 50 }, DIRECTIONS.ArrowRight ?? { x: 0, y: 0 })).toBe(9);
    expect(nearestTowards(dots, { x: 50, y: 50 }, DIRECTIONS.ArrowDown ?? { x: 0, y: 0 })).toBe(2);
    expect(nearestTowards(dots, { x: 50, y: 50 }, DIRECTIONS.ArrowUp ?? { x: 0, y: 0 })).toBeNull();
    expect(nearestTowards(dots, { x: 200, y: 50 }, DIRECTIONS.ArrowLeft ?? { x: 0, y: 0 })).toBe(7);
  });
});
