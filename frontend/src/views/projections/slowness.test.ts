import { expect, it } from "vitest";
import { SLOW, Slowness } from "./slowness";

/** What is said after frames so far apart. */
function said(gap: number, frames: number, isMoving = true): readonly (number | null)[] {
  const slowness = new Slowness();
  return Array.from({ length: frames }, (_, frame) => slowness.after(frame * gap, isMoving));
}

it("frames that come too slowly are told once there are enough of them", () => {
  expect(said(SLOW + 5, 21).slice(-2)).toEqual([null, SLOW + 5]);
  expect(said(16, 100).every((one) => one === null)).toBe(true);
});

it("a picture at rest is not slow", () => {
  expect(said(1000, 100, false).every((one) => one === null)).toBe(true);
});
