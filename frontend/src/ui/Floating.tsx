import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Spot {
  readonly x: number;
  readonly y: number;
}

interface Extent {
  readonly width: number;
  readonly height: number;
}

interface Props {
  readonly class?: string;
  /** Where its left top corner goes, given its size; both in pixels of the window. */
  readonly place: (card: Extent) => Spot | null;
  readonly children: ComponentChildren;
}

/** What floats over everything else, beside what it is about; it catches no pointer. */
export function Floating({ class: extra = "", place, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.showPopover(), []);
  useLayoutEffect(() => {
    const card = box.current?.getBoundingClientRect();
    const spot = card && place(card);
    if (box.current && spot) box.current.style.transform = `translate(${spot.x}px, ${spot.y}px)`;
  });
  return (
    <div class={`tip ${extra}`} ref={box} popover="manual" aria-hidden="true">
      {children}
    </div>
  );
}

/** Beside a spot, on its other side where there is no room, and within the window. */
export function beside(
  { width, height }: Extent,
  { x, y }: Spot,
  off: number,
  window: Extent,
): Spot {
  const left = x + off + width > window.width ? x - off - width : x + off;
  const top = Math.min(y, window.height - height - 4);
  return { x: Math.max(4, left), y: Math.max(4, top) };
}

export const windowSize = (): Extent => ({ width: innerWidth, height: innerHeight });
