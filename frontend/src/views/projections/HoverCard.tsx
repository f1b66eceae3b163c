import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Point } from "../../stage/geometry";

interface Props {
  /** What it is about, in pixels of the frame. */
  readonly at: Point;
  readonly frame: HTMLElement | null;
  readonly children: ComponentChildren;
}

const OFF = 16;

/** What is pointed at, beside it. */
export function HoverCard({ at, frame, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const [card, around] = [box.current, frame?.getBoundingClientRect()];
    if (!card || !around) return;
    const { width, height } = card.getBoundingClientRect();
    const [x, y] = [around.left + at.x, around.top + at.y];
    const left = x + OFF + width > innerWidth ? x - OFF - width : x + OFF;
    const top = Math.min(Math.max(4, y - height / 2), innerHeight - height - 4);
    card.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
  });
  return (
    <div class="tip" ref={box} aria-hidden="true">
      {children}
    </div>
  );
}
