import { useEffect, useRef, useState } from "preact/hooks";
import { type Camera, fitted, panned, type Room, revealed, zoomed } from "./camera";
import type { Box, Point, Size } from "./geometry";

/** Pointers that move less have not dragged. */
const SLACK = 4;
const STEP = 1.3;

/**
 * What is in sight of the picture: all of it, until somebody zooms or drags, and again once another
 * question is asked. Returns the handlers of the frame.
 */
export function useCamera(box: Box, size: Size, question: string, room: Room) {
  const [own, setOwn] = useState<{ readonly question: string; readonly camera: Camera } | null>(
    null,
  );
  const whole = fitted(box, size, room);
  const moved = own?.question === question;
  const camera = moved ? own.camera : whole;
  const latest = useRef(camera);
  latest.current = camera;
  const set = (next: Camera) => {
    latest.current = next;
    setOwn({ question, camera: next });
  };
  const middle = { x: size.width / 2, y: size.height / 2 };
  const zoom = (factor: number, at: Point = middle) => set(zoomed(latest.current, factor, at));
  return {
    camera,
    moved,
    fit: () => setOwn(null),
    zoomIn: () => zoom(STEP),
    zoomOut: () => zoom(1 / STEP),
    /** Bring a place into sight; without having moved, everything is. */
    reveal: (at: Point) => {
      if (moved) set(revealed(latest.current, at, size, room));
    },
    frame: useFrame({ zoom, pan: (by) => set(panned(latest.current, by)) }),
  };
}

interface Moves {
  readonly zoom: (factor: number, at: Point) => void;
  readonly pan: (by: Point) => void;
}

/** Wheel and drag on an element; a drag ends without a click. */
function useFrame(moves: Moves) {
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(moves);
  latest.current = moves;
  const from = useRef<(Point & { readonly dragging: boolean }) | null>(null);
  useEffect(() => {
    const frame = element.current;
    if (!frame) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = frame.getBoundingClientRect();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015));
      latest.current.zoom(factor, { x: event.clientX - left, y: event.clientY - top });
    };
    frame.addEventListener("wheel", onWheel, { passive: false });
    return () => frame.removeEventListener("wheel", onWheel);
  }, []);
  return {
    ref: element,
    onPointerDown: ({ button, clientX: x, clientY: y }: PointerEvent) => {
      if (button === 0) from.current = { x, y, dragging: false };
    },
    onPointerMove: ({ clientX: x, clientY: y, pointerId }: PointerEvent) => {
      const start = from.current;
      if (!start) return;
      if (!start.dragging && Math.hypot(x - start.x, y - start.y) < SLACK) return;
      if (!start.dragging) element.current?.setPointerCapture(pointerId);
      moves.pan({ x: x - start.x, y: y - start.y });
      from.current = { x, y, dragging: true };
    },
    onPointerUp: () => {
      from.current = null;
    },
    onPointerCancel: () => {
      from.current = null;
    },
  };
}
