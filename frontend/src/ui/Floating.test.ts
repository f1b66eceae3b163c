import { expect, it } from "vitest";
import { beside } from "./Floating";

const [card, window] = [
  { width: 200, height: 100 },
  { width: 1000, height: 600 },
];

it("what floats stands right of its spot, left of it where there is no room, and in the window", () => {
  expect(beside(card, { x: 100, y: 50 }, 16, window)).toEqual({ x: 116, y: 50 });
  expect(beside(card, { x: 900, y: 50 }, 16, window)).toEqual({ x: 684, y: 50 });
  expect(beside(card, { x: 100, y: 590 }, 16, window).y).toBe(496);
  expect(beside(card, { x: 100, y: -40 }, 16, window).y).toBe(4);
  expect(beside({ width: 2000, height: 100 }, { x: 900, y: 0 }, 16, window).x).toBe(4);
});
