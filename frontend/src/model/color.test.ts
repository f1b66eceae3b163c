import { describe, expect, it } from "vitest";
import { COLOURS, FAINTEST, HUES, hueColour, INK, instanceMarks, rgb, type Theme } from "./color";
import { instance } from "./samples";

type Vector = readonly [number, number, number];

const product = (matrix: readonly Vector[], [x, y, z]: Vector): Vector => {
  const [a, b, c] = matrix.map(([p, q, r]) => p * x + q * y + r * z);
  return [a ?? 0, b ?? 0, c ?? 0];
};

const mapped = ([x, y, z]: Vector, f: (value: number) => number): Vector => [f(x), f(y), f(z)];

const linearPart = (value: number): number => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

const linear = (colour: string): Vector => mapped(rgb(colour), linearPart);

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

/** CIELAB of linear sRGB, white D65. */
const lab = (colour: Vector): Vector => {
  const [x, y, z] = product(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    colour,
  );
  const f = (value: number) =>
    value > 216 / 24389 ? Math.cbrt(value) : ((24389 / 27) * value + 16) / 116;
  const [fx, fy, fz] = [f(x / 0.95047), f(y / 1.0000001), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
};

const degrees = (radians: number) => (180 / Math.PI) * radians;
const radians = (angle: number) => (Math.PI / 180) * angle;

/** CIEDE2000, as Sharma, Wu & Dalal (2005) write it. */
const difference = ([l1, a1, b1]: Vector, [l2, a2, b2]: Vector): number => {
  const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const stretch = 1.5 - 0.5 * Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7));
  const [x1, x2] = [a1 * stretch, a2 * stretch];
  const [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)];
  const angle = (b: number, x: number) => (degrees(Math.atan2(b, x)) + 360) % 360;
  const [h1, h2] = [angle(b1, x1), angle(b2, x2)];
  const isGrey = c1 * c2 === 0;
  const turn = isGrey ? 0 : ((h2 - h1 + 540) % 360) - 180;
  const wide = Math.abs(h1 - h2) > 180;
  const sum = h1 + h2;
  const h = isGrey ? sum : wide ? (sum + (sum < 360 ? 360 : -360)) / 2 : sum / 2;
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const t =
    1 -
    0.17 * Math.cos(radians(h - 30)) +
    0.24 * Math.cos(radians(2 * h)) +
    0.32 * Math.cos(radians(3 * h + 6)) -
    0.2 * Math.cos(radians(4 * h - 63));
  const rotation =
    -2 *
    Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) *
    Math.sin(radians(60 * Math.exp(-(((h - 275) / 25) ** 2))));
  const dl = (l2 - l1) / (1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2));
  const dc = (c2 - c1) / (1 + 0.045 * c);
  const dh = (2 * Math.sqrt(c1 * c2) * Math.sin(radians(turn / 2))) / (1 + 0.015 * c * t);
  return Math.sqrt(Math.max(0, dl ** 2 + dc ** 2 + dh ** 2 + rotation * dc * dh));
};

/** A colour over the background as it is drawn, seen by somebody. */
const seen = (colour: string, vision: readonly Vector[], theme: Theme, opacity = 1): Vector => {
  const [own, under] = [rgb(colour), rgb(INK[theme].background)];
  const mixed = own.map((part, at) => opacity * part + (1 - opacity) * (under[at] ?? 0));
  const drawn = mapped([mixed[0] ?? 0, mixed[1] ?? 0, mixed[2] ?? 0], linearPart);
  return lab(mapped(product(vision, drawn), (value) => Math.min(1, Math.max(0, value))));
};

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
/** From the least opacity of a bin on, which is that of the faintest edges too. */
const OPACITIES = [FAINTEST, 0.6, 0.75, 0.9, 1];
const SIX = 12;
const TEN = 8;

it("CIEDE2000 is that of the published test data", () => {
  const pairs = [
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, -1, 2], [50, 0, 0], 2.3669],
    [[50, 2.49, -0.001], [50, -2.49, 0.0011], 7.2195],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
    [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
  ] as const;
  for (const [one, other, expected] of pairs)
    expect(difference(one, other)).toBeCloseTo(expected, 3);
});

describe.each(THEMES)("the %s palette", (theme) => {
  const reserved = instanceMarks([instance(), instance({ pair: 0 })], [0, 1], theme).map(
    ({ colour }) => colour,
  );

  it.each(Object.entries(VISIONS))(
    "keeps six hues 12 apart and ten 8 apart at every opacity in %s vision",
    (_, vision) => {
      for (const opacity of OPACITIES) {
        const colours = hues(theme).map((colour) => seen(colour, vision, theme, opacity));
        for (const [place, one] of colours.entries())
          for (const other of colours.slice(0, place))
            expect(difference(one, other)).toBeGreaterThan(place < 6 ? SIX : TEN);
      }
    },
  );

  it.each(Object.entries(VISIONS))(
    "has no hue like the accent, an instance's colour, or a neutral in %s vision",
    (name, vision) => {
      const neutrals = Array.from({ length: COLOURS - HUES }, (_, at) =>
        hueColour(HUES + at, theme),
      );
      const at = (colour: string) => seen(colour, vision, theme);
      const isNormal = name === "normal";
      for (const colour of hues(theme)) {
        const from = (other: string) => difference(at(colour), at(other));
        expect(from(INK[theme].accent)).toBeGreaterThan(isNormal ? 20 : 7);
        for (const other of reserved) expect(from(other)).toBeGreaterThan(6);
        for (const other of isNormal ? neutrals : []) expect(from(other)).toBeGreaterThan(SIX);
      }
      for (const [place, one] of neutrals.entries())
        for (const other of neutrals.slice(0, place))
          expect(difference(at(one), at(other))).toBeGreaterThan(TEN);
    },
  );

  it("stands out from the background, and its text is readable", () => {
    const ink = INK[theme];
    for (const colour of hues(theme)) expect(contrast(colour, ink.background)).toBeGreaterThan(3);
    for (const colour of [ink.text, ink.faint, ink.accent])
      expect(contrast(colour, ink.background)).toBeGreaterThan(4.5);
  });
});

it("a hue is the same in the dark", () => {
  for (const [place, colour] of hues("light").entries()) {
    const [one, other] = [colour, hueColour(place, "dark")].map((of) => {
      const [, a, b] = lab(linear(of));
      return degrees(Math.atan2(b, a));
    });
    const turn = Math.abs((((other ?? 0) - (one ?? 0) + 540) % 360) - 180);
    expect(turn).toBeLessThan(36);
  }
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
