import { describe, expect, test } from "vitest";
import { FAINTEST } from "../color";
import { coarseness, differences, extent, joined, opacity, peak, shares } from "./density";

const row = (counts: number[][], inputs: number[], start = 0) => ({
  start,
  width: 1,
  counts,
  inputs,
});
const single = (bins: number) => Array.from({ length: bins }, (_, bin) => [bin, bin + 1] as const);

describe("opacity", () => {
  test("subjects of different n with the same shares look the same", () => {
    const small = shares([1, 3], 10, single(2));
    const large = shares([100, 300], 1000, single(2));
    expect(small).toEqual(large);
  });

  test("is one at the row's peak, whichever subject has it", () => {
    const counts = [
      [2, 2, 0],
      [0, 9, 1],
    ];
    expect(peak(row(counts, [10, 10]), single(3))).toBeCloseTo(0.9);
    expect(opacity(0.9, 0.9)).toBe(1);
  });

  test("rises with the share, and never hides a single input", () => {
    const levels = [1e-9, 0.01, 0.1, 0.5, 1].map((share) => opacity(share, 1));
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
    expect(levels[0]).toBeCloseTo(FAINTEST, 3);
    expect(opacity(0, 1)).toBe(0);
  });

  test("of a quarter of the peak is half of the way from the faintest", () => {
    expect(opacity(0.1, 0.4)).toBeCloseTo((1 + FAINTEST) / 2);
  });

  test("of a subject without inputs is nothing", () => {
    expect(shares([0, 0], 0, single(2)).every(({ share }) => share === 0)).toBe(true);
  });
});

describe("joining bins", () => {
  const counts = [Array(64).fill(1)];

  test("changes nothing where inputs are many and pixels wide", () => {
    const many = row(counts, [10_000]);
    expect(coarseness(many)).toBe(1);
    expect(joined(many, 1, (bin) => 5 * bin)).toEqual(single(64));
  });

  test("keeps at most three times the root of the smallest n", () => {
    expect(64 / coarseness(row([...counts, ...counts], [10_000, 25]))).toBeLessThanOrEqual(15);
  });

  test("does not let a subject without inputs count as the smallest", () => {
    expect(coarseness(row([...counts, Array(64).fill(0)], [10_000, 0]))).toBe(1);
  });

  test("makes every run but the last a pixel wide", () => {
    const edge = (bin: number) => bin * 0.3;
    const runs = joined(row(counts, [100]), 1, edge);
    for (const [from, to] of runs.slice(0, -1))
      expect(edge(to) - edge(from)).toBeGreaterThanOrEqual(1);
  });

  test("covers every bin once and keeps zero at an edge", () => {
    const runs = joined(row([Array(10).fill(1)], [100], -3), 4, (bin) => 9 * bin);
    expect(runs).toEqual([
      [0, 3],
      [3, 7],
      [7, 10],
    ]);
  });
});

test("the extent goes from the first to the last filled bin", () => {
  expect(
    extent(
      row(
        [
          [0, 1, 0, 0],
          [0, 0, 2, 0],
        ],
        [1, 2],
        -1,
      ),
    ),
  ).toEqual([0, 2]);
  expect(extent(row([[0, 0]], [5]))).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
});

describe("A minus B", () => {
  const a = [60, 40, 0];
  const b = [100, 400, 500];

  test("is the signed difference of shares and sums to zero", () => {
    const found = differences(a, b, [100, 1000], single(3)).map(({ share }) => share);
    expect(found[0]).toBeCloseTo(0.5);
    expect(found[1]).toBeCloseTo(0);
    expect(found[2]).toBeCloseTo(-0.5);
  });

  test("turns its sign when the sides are exchanged", () => {
    const forth = differences(a, b, [100, 1000], single(3)).map(({ share }) => share);
    const back = differences(b, a, [1000, 100], single(3)).map(({ share }) => share);
    for (const [bin, share] of forth.entries()) expect(share).toBeCloseTo(-(back[bin] ?? 0));
  });

  test("is telling beyond two standard errors", () => {
    const [small] = differences([6], [4], [10, 10], single(1));
    const [large] = differences([600], [400], [1000, 1000], single(1));
    expect([small?.telling, large?.telling]).toEqual([false, true]);
  });

  test("with an empty side is nothing", () => {
    expect(differences([5], [0], [5, 0], single(1))[0]?.share).toBe(0);
  });
});
