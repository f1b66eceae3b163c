import { describe, expect, it } from "vitest";
import { glided, legsAt, placeAfter, shareAt, stopAfter } from "./playing";

describe("playing", () => {
  it("rests at every stop and is half-way in the middle of a leg", () => {
    for (const stop of [0, 1, 2, 3]) {
      for (const off of [-0.1, 0, 0.1]) {
        const legs = Math.abs(stop + off);
        expect(placeAfter(legs, 3)).toBeCloseTo(stop, 12);
      }
    }
    expect(placeAfter(1.5, 3)).toBeCloseTo(1.5, 12);
  });

  it("never jumps", () => {
    let before = placeAfter(0, 4);
    for (let legs = 0; legs < 20; legs += 0.01) {
      const place = placeAfter(legs, 4);
      expect(Math.abs(place - before)).toBeLessThan(0.03);
      before = place;
    }
  });

  it("turns at the last stop and comes back to the first", () => {
    expect(placeAfter(4, 4)).toBe(4);
    expect(placeAfter(5, 4)).toBe(3);
    expect(placeAfter(8, 4)).toBe(0);
    expect(placeAfter(9, 4)).toBe(1);
  });

  it("goes on from wherever it was paused", () => {
    for (const place of [0, 0.25, 1, 1.7, 2.999, 3])
      expect(placeAfter(legsAt(place), 5)).toBeCloseTo(place, 6);
    expect(glided(shareAt(0.4))).toBeCloseTo(0.4, 9);
  });

  it("steps from stop to stop where nothing is to move", () => {
    expect([0.2, 0.9, 1.1, 3.5, 4.2].map((legs) => stopAfter(legs, 3))).toEqual([0, 0, 1, 3, 2]);
  });

  it("stays at the only stop there is", () => {
    expect(placeAfter(7.3, 0)).toBe(0);
  });
});
