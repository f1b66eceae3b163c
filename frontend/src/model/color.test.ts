import { min } from "d3-array";
import { describe, expect, it } from "vitest";
import { freeHue, HUES, hueColour, INK, instanceMarks, rgb, type Theme } from "./color";
import { instance } from "./samples";

type Vector = readonly [number, number, number];

const product = (matrix: readonly Vector[], [x, y, z]: Vector): Vector => {
  const [a, b, c] = matrix.map(([p, q, r]) => p * x + q * y + r * z);
  return [a ?? 0, b ?? 0, c ?? 0];
};

const mapped = ([x, y, z]: Vector, f: (value: number) => number): Vector => [f(x), f(y), f(z)];

const linear = (colour: string): Vector =>
  mapped(rgb(colour), (value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });

/** Linear sRGB as people with normal and with reduced colour vision see it; Machado et al. (2009), severity 1. */
const VISIONS: Readonly<Record<string, readonly Vector[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Björn Ottosson's OKLab (2020), in which equal distances look about equally large. */
const oklab = (colour: Vector): Vector => {
  const cones = product(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    colour,
  );
  return product(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    mapped(cones, (value) => Math.cbrt(Math.max(0, value))),
  );
};

const seen = (colour: string, vision: readonly Vector[]): Vector =>
  oklab(mapped(product(vision, linear(colour)), (value) => Math.min(1, Math.max(0, value))));

const distance = (one: Vector, other: Vector): number =>
  Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);

const contrast = (one: string, other: string): number => {
  const [bright = 0, dim = 0] = [one, other]
    .map(
      (colour) =>
        product(
          [
            [0.2126, 0.7152, 0.0722],
            [0, 0, 0],
            [0, 0, 0],
          ],
          linear(colour),
        )[0] + 0.05,
    )
    .sort((a, b) => b - a);
  return bright / dim;
};

const THEMES: readonly Theme[] = ["light", "dark"];
const hues = (theme: Theme): readonly string[] =>
  Array.from({ length: HUES }, (_, hue) => hueColour(hue, theme));

describe.each(THEMES)("the %s palette", (theme) => {
  const reserved = instanceMarks([instance(), instance({ pair: 0 })], [0, 1], theme).map(
    ({ colour }) => colour,
  );

  it.each(Object.entries(VISIONS))(
    "keeps its hues, red and the benign colour apart in %s vision",
    (_, vision) => {
      const colours = [...hues(theme), ...reserved].map((colour) => seen(colour, vision));
      const distances = colours.flatMap((one, place) =>
        colours.slice(0, place).map((other) => distance(one, other)),
      );
      expect(min(distances)).toBeGreaterThan(0.065);
    },
  );

  it("stands out from the background, and its text is readable", () => {
    const ink = INK[theme];
    for (const colour of hues(theme)) expect(contrast(colour, ink.background)).toBeGreaterThan(3);
    for (const colour of [ink.text, ink.faint, ink.accent])
      expect(contrast(colour, ink.background)).toBeGreaterThan(4.5);
  });
});

describe("a free hue", () => {
  it("is the preferred one unless it is taken", () => {
    for (let preferred = 0; preferred < 30; preferred++)
      expect(freeHue(preferred, [])).toBe(preferred % HUES);
    expect(freeHue(9, [9, 0])).toBe(1);
  });

  it("is the preferred one again when all are taken", () => {
    expect(freeHue(14, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe(4);
  });
});

describe("marks of instances", () => {
  const people = [instance(), instance({ pair: 0 }), instance(), instance({ pair: 2 }), instance()];
  const marks = instanceMarks(people, [2, 3, 0, 1, 4], "light");

  it("are black for the first benign and red for the first attacked instance shown", () => {
    expect(marks[0]).toEqual({ instance: 2, colour: "#000000", glyph: "circle", number: 1 });
    expect(marks[1]).toMatchObject({ instance: 3, colour: "#d50000", glyph: "circle", number: 2 });
    expect(instanceMarks(people, [2], "dark")[0]?.colour).toBe("#ffffff");
  });

  it("differ in colour, glyph and number from one another", () => {
    for (const part of ["colour", "number"] as const)
      expect(new Set(marks.map((mark) => mark[part])).size).toBe(5);
    expect(marks.map(({ glyph }) => glyph)).toEqual([
      "circle",
      "circle",
      "square",
      "triangle",
      "diamond",
    ]);
  });

  it("exist for an instance that is not in the list", () => {
    expect(instanceMarks([], [7], "light")).toHaveLength(1);
  });
});
