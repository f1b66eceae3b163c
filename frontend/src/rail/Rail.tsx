import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { store, stored } from "../model/stored";

const USUAL = 260;
const NARROWEST = 180;
const WIDEST = 560;
const STEP = 16;

const within = (width: number): number => Math.min(WIDEST, Math.max(NARROWEST, Math.round(width)));

/** The left rail; its edge can be dragged, or moved with the arrow keys. */
export function Rail({ children }: { readonly children: ComponentChildren }) {
  const [width, setWidth] = useState(() => within(stored("rail.width", USUAL)));
  const resize = (to: number) => {
    setWidth(within(to));
    store("rail.width", within(to));
  };
  const drag = (event: PointerEvent) => {
    if (event.buttons === 1) resize(event.clientX);
  };
  const key = (event: KeyboardEvent) => {
    const wanted = {
      ArrowLeft: width - STEP,
      ArrowRight: width + STEP,
      Home: NARROWEST,
      End: WIDEST,
      Enter: USUAL,
    }[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    resize(wanted);
  };
  return (
    <nav class="rail" id="rail" aria-label="Selection" style={{ width: `${width}px` }}>
      <div class="rail-content">{children}</div>
      {/* biome-ignore lint/a11y/useSemanticElements: a movable separator is no thematic break */}
      <div
        class="rail-edge"
        role="separator"
        tabIndex={0}
        aria-label="Width of the rail"
        aria-orientation="vertical"
        aria-valuemin={NARROWEST}
        aria-valuemax={WIDEST}
        aria-valuenow={width}
        title="Drag to resize; double-click to reset"
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onDblClick={() => resize(USUAL)}
        onKeyDown={key}
      />
    </nav>
  );
}
