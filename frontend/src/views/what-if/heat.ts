/** Signed maps as pictures: one colour for more, another for less, more opaque where there is more of it. */

import { DIVERGING, rgb, type Theme } from "../../model/color";

/** The largest magnitude of finite values. */
export const magnitude = (values: Iterable<number>): number => {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return Number.isFinite(most) ? most : 0;
};

/** RGBA bytes of a map; its largest magnitude is opaque, 0 and what is no number are clear. */
export function heat(values: Float32Array, theme: Theme): Uint8ClampedArray<ArrayBuffer> {
  const { more, less } = DIVERGING[theme];
  const [above, below] = [rgb(more), rgb(less)];
  const top = magnitude(values);
  const bytes = new Uint8ClampedArray(4 * values.length);
  values.forEach((value, pixel) => {
    const share = top > 0 && Number.isFinite(value) ? Math.abs(value) / top : 0;
    bytes.set([...(value < 0 ? below : above), 255 * share], 4 * pixel);
  });
  return bytes;
}
