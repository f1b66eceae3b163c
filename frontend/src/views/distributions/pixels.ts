/** How two pictures differ, pixel by pixel. */

/** RGBA pixels, as a canvas gives them. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export interface PixelDifference {
  /** `[height × width]` largest difference of the colour channels, 0 to 255. */
  readonly amount: Uint8Array;
  /** Indices of the pixels that differ, the largest difference first. */
  readonly changed: readonly number[];
}

/** Compare two pictures; null when their sizes differ. */
export function pixelDifference(a: Pixels, b: Pixels): PixelDifference | null {
  if (a.width !== b.width || a.height !== b.height) return null;
  const amount = new Uint8Array(a.width * a.height);
  for (let pixel = 0; pixel < amount.length; pixel++) {
    for (let channel = 4 * pixel; channel < 4 * pixel + 3; channel++) {
      const difference = Math.abs((a.data[channel] ?? 0) - (b.data[channel] ?? 0));
      amount[pixel] = Math.max(amount[pixel] ?? 0, difference);
    }
  }
  const changed = [...amount.keys()].filter((pixel) => amount[pixel]);
  changed.sort((p, q) => (amount[q] ?? 0) - (amount[p] ?? 0) || p - q);
  return { amount, changed };
}
