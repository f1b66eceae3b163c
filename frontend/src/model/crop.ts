/** Parts of pictures. */

/** A part of a picture, in its pixels. */
export interface Crop {
  /** Loaded; its `src` may go into markup. */
  readonly image: HTMLImageElement;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Whether its pixels are exact, and must not be smoothed. */
  readonly exact: boolean;
}

/** Draw a crop as large as fits into a rectangle, in its middle. */
export function draw(
  context: CanvasRenderingContext2D,
  crop: Crop,
  [x, y, width, height]: readonly [number, number, number, number],
): void {
  const scale = Math.min(width / crop.width, height / crop.height);
  const [wide, high] = [crop.width * scale, crop.height * scale];
  const [left, top] = [x + (width - wide) / 2, y + (height - high) / 2];
  context.imageSmoothingEnabled = !crop.exact;
  context.drawImage(crop.image, crop.x, crop.y, crop.width, crop.height, left, top, wide, high);
}
