import type { ComponentChildren } from "preact";
import type { Crop } from "../model/crop";

interface Props {
  readonly crop: Crop;
  /** Longer side, in pixels. */
  readonly size: number;
  /** What it shows, for those who do not see it; empty for decoration. */
  readonly label: string;
  /** SVG over the picture, in its pixels. */
  readonly children?: ComponentChildren;
}

/** A crop in markup. */
export function Picture({ crop, size, label, children }: Props) {
  const { image, x, y, width, height, exact } = crop;
  const scale = size / Math.max(width, height);
  return (
    <svg
      class="crop"
      width={width * scale}
      height={height * scale}
      viewBox={`${x} ${y} ${width} ${height}`}
      role={label ? "img" : "presentation"}
      aria-label={label || undefined}
    >
      {label && <title>{label}</title>}
      <image
        href={image.src}
        width={image.naturalWidth}
        height={image.naturalHeight}
        style={exact ? "image-rendering: pixelated" : undefined}
      />
      {children}
    </svg>
  );
}
