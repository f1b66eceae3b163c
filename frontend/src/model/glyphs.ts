/** Shapes of instances, the same in canvas, SVG and markup. */

import type { Glyph } from "./shown";

/** Corners on a unit circle, as [angle in turns clockwise from the top, distance from the centre]. */
type Corner = readonly [number, number];

const even = (count: number, distance: number, turn = 0): Corner[] =>
  Array.from({ length: count }, (_, index) => [turn + index / count, distance]);

const star = Array.from(
  { length: 10 },
  (_, index): Corner => [index / 10, index % 2 ? 0.55 : 1.35],
);

const CORNERS: Readonly<Record<Exclude<Glyph, "circle">, readonly Corner[]>> = {
  square: even(4, 1.25, 1 / 8),
  triangle: even(3, 1.35),
  diamond: even(4, 1.35),
  cross: [-1, 0, 1, 2].flatMap((arm): Corner[] => [
    [arm / 4 - 0.06, 1.35],
    [arm / 4 + 0.06, 1.35],
    [arm / 4 + 0.125, 0.65],
  ]),
  star,
};

/** The SVG path of a plus or minus, `size` wide, about (x, y). */
export function signPath(sign: -1 | 1, x: number, y: number, size: number): string {
  const half = size / 2;
  const across = `M${(x - half).toFixed(2)} ${y.toFixed(2)}h${size}`;
  return sign > 0 ? `${across}M${x.toFixed(2)} ${(y - half).toFixed(2)}v${size}` : across;
}

/** The SVG path of a glyph about (x, y); `radius` is that of the circle. */
export function glyphPath(glyph: Glyph, x: number, y: number, radius: number): string {
  if (glyph === "circle") {
    const arc = `a${radius} ${radius} 0 1 0`;
    return `M${x - radius} ${y}${arc} ${2 * radius} 0${arc} ${-2 * radius} 0Z`;
  }
  const points = CORNERS[glyph].map(([turn, distance]) => {
    const angle = 2 * Math.PI * turn;
    const [dx, dy] = [Math.sin(angle) * distance * radius, -Math.cos(angle) * distance * radius];
    return `${(x + dx).toFixed(2)} ${(y + dy).toFixed(2)}`;
  });
  return `M${points.join("L")}Z`;
}
