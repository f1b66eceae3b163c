import { expect, it } from "vitest";
import { coloured } from "./colouring";
import { dotLooks, MOST_RINGS, pairLines, tint, trailLines } from "./looks";
import { FACTS } from "./testing";

const looks = coloured("class", FACTS);
const GREY = tint("#808080", 200);

it("draws the chosen last, ringed and clear, and fades the others", () => {
  const dots = dotLooks([0, 1, 2, 3], looks, new Set([1]), false);
  expect(dots.map(({ row }) => row)).toEqual([0, 2, 3, 1]);
  expect(dots.map(({ ringed }) => ringed)).toEqual([false, false, false, true]);
  const [faded, , , clear] = dots.map(({ colour }) => colour[3]);
  expect(faded).toBeLessThan((clear ?? 0) / 2);
});

it("fades nothing where nothing shown is chosen", () => {
  const dots = dotLooks([0, 1], looks, new Set([3]), true);
  expect(new Set(dots.map(({ colour }) => colour[3])).size).toBe(1);
  expect(dots.every(({ hollow }) => hollow)).toBe(true);
});

it("rings only as many as leave the picture clear", () => {
  const all = Array.from({ length: MOST_RINGS + 1 }, (_, row) => row);
  const ringed = (chosen: readonly number[]) =>
    dotLooks(all, looks, new Set(chosen), false).filter((dot) => dot.ringed).length;
  expect(ringed(all.slice(1))).toBe(MOST_RINGS);
  expect(ringed(all)).toBe(0);
});

it("joins an altered instance to the one it was made of, where both are shown", () => {
  const ends = (shown: readonly number[]) =>
    pairLines(new Set(shown), FACTS.instances, GREY).map(({ from, to }) => [from, to]);
  expect(ends([0, 1, 2, 3])).toEqual([[0, 3]]);
  expect(ends([1, 3])).toEqual([]);
});

it("leads a trail through all slices, one after the other", () => {
  expect(
    trailLines([7, 8], 3, () => GREY).map(({ from, to, slices }) => [from, to, slices]),
  ).toEqual([
    [7, 7, [0, 1]],
    [7, 7, [1, 2]],
    [8, 8, [0, 1]],
    [8, 8, [1, 2]],
  ]);
  expect(trailLines([7], 1, () => GREY)).toEqual([]);
});
