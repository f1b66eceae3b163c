import { expect, it } from "vitest";
import { DIVERGING, rgb } from "../../model/color";
import { heat, magnitude } from "./heat";

it("paints more and less in their colours, opaque in proportion to the largest magnitude", () => {
  const bytes = heat(Float32Array.of(2, -4, 0, Number.NaN), "light");
  const pixel = (at: number) => [...bytes.subarray(4 * at, 4 * at + 4)];
  const { more, less } = DIVERGING.light;
  expect(pixel(0)).toEqual([...rgb(more), 128]);
  expect(pixel(1)).toEqual([...rgb(less), 255]);
  expect(pixel(2)[3]).toBe(0);
  expect(pixel(3)[3]).toBe(0);
});

it("leaves a map of zeros clear", () => {
  expect([...heat(new Float32Array(2), "dark")].filter((_, at) => at % 4 === 3)).toEqual([0, 0]);
  expect(magnitude([])).toBe(0);
});
