import { describe, expect, test } from "vitest";
import { short } from "./format";
import { drawable, NOWHERE, position, scaleOver, span, ticks, valueAt } from "./scale";

const RANGE = [20, 320] as const;
const VALUES = [-50, -1, -0.001, 0, 0.001, 0.5, 3, 49.9];

describe.each(["linear", "symlog"] as const)("a %s scale", (kind) => {
  const scale = scaleOver(kind, [-50, 50], RANGE);

  test("puts the ends of its domain at the ends of its range", () => {
    expect(position(scale, -50)).toBeCloseTo(20);
    expect(position(scale, 50)).toBeCloseTo(320);
  });

  test("puts zero in the middle of a symmetric domain", () => {
    expect(position(scale, 0)).toBeCloseTo(170);
  });

  test("rises", () => {
    const pixels = VALUES.map((value) => position(scale, value));
    expect(pixels).toEqual([...pixels].sort((a, b) => a - b));
  });

  test.each(VALUES)("gives %d back from its pixel", (value) => {
    expect(valueAt(scale, position(scale, value))).toBeCloseTo(value, 9);
  });

  test("labels round values inside the domain, apart from one another", () => {
    const pixels = ticks(scale, 40).map((value) => position(scale, value));
    expect(pixels.length).toBeGreaterThan(2);
    for (const [index, pixel] of pixels.slice(1).entries()) {
      expect(pixel - (pixels[index] ?? 0)).toBeGreaterThanOrEqual(40);
    }
  });
});

test("a symlog scale gives small values more room than a linear one", () => {
  const [linear, symlog] = (["linear", "symlog"] as const).map((kind) =>
    position(scaleOver(kind, [0, 100], [0, 100]), 1),
  );
  expect(symlog).toBeGreaterThan(5 * (linear ?? 0));
});

test("symlog labels zero and powers of ten", () => {
  expect(ticks(scaleOver("symlog", [-100, 100], [0, 600]), 40)).toEqual([-100, -10, 0, 10, 100]);
});

test("every domain can be drawn", () => {
  expect(drawable(NOWHERE)).toEqual([0, 1]);
  expect(drawable([0, 0])).toEqual([0, 1]);
  expect(drawable([-4, -4])).toEqual([-6, -2]);
});

test("nowhere adds nothing to a span", () => {
  expect(span(NOWHERE, [1, 2])).toEqual([1, 2]);
});

test.each([
  [1234.5678, "1230"],
  [-0.5, "−0.5"],
  [0, "0"],
  [2.5e-7, "2.5e−7"],
  [Number.NaN, "–"],
  [Number.NEGATIVE_INFINITY, "−∞"],
])("%d is written %s", (value, text) => {
  expect(short(value)).toBe(text);
});
