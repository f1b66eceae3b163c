/** Wheel, drag and pinch on an element: zooming about a place, moving, and whatever else a drag does. */

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Point } from "./geometry";

/** What one press of a key or a button zooms by. */
export const ZOOM = 1.4;

/** Pointers that move less within a press have not dragged. */
const SLACK = 4;

export interface Gestures {
  readonly zoom: (factor: number, at: Point) => void;
  readonly pan: (by: Point) => void;
  /** A press without a drag. */
  readonly tap?: (at: Point, event: PointerEvent) => void;
  /** Where the pointer is while it is up; null once it has left. */
  readonly hover?: (at: Point | null) => void;
  /** Whether a drag that begins so does something else than move. */
  readonly takes?: (event: PointerEvent) => boolean;
  /** A drag that was taken, from its start to where it is; null once it is given up. */
  readonly drag?: (drag: Drag | null) => void;
}

export interface Drag {
  readonly from: Point;
  readonly to: Point;
  readonly isOver: boolean;
  /** At its end. */
  readonly event: PointerEvent;
}

interface Held {
  readonly from: Point;
  readonly last: Point;
  readonly isDragged: boolean;
  readonly isTaken: boolean;
}

/** Positions are in pixels of the element. Returns its handlers. */
export function useGestures(element: RefObject<HTMLElement | null>, given: Gestures) {
  const latest = useRef(given);
  latest.current = given;
  const pointers = useRef(new Map<number, Held>());
  const within = ({ clientX, clientY }: MouseEvent): Point => {
    const { left = 0, top = 0 } = element.current?.getBoundingClientRect() ?? {};
    return { x: clientX - left, y: clientY - top };
  };
  useEffect(() => {
    const turned = element.current;
    if (!turned) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      // a pinch on a touchpad comes as a wheel with the control key
      const rate = event.ctrlKey ? 0.01 : 0.002;
      latest.current.zoom(Math.exp(-event.deltaY * lines * rate), within(event));
    };
    turned.addEventListener("wheel", onWheel, { passive: false });
    return () => turned.removeEventListener("wheel", onWheel);
  }, []);
  const end = (event: PointerEvent, isOver: boolean) => {
    const held = pointers.current.get(event.pointerId);
    pointers.current.delete(event.pointerId);
    if (!held) return;
    const to = within(event);
    if (held.isTaken && held.isDragged)
      latest.current.drag?.(isOver ? { from: held.from, to, isOver, event } : null);
    else if (isOver && !held.isDragged) latest.current.tap?.(to, event);
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      const from = within(event);
      const isTaken = latest.current.takes?.(event) ?? false;
      pointers.current.set(event.pointerId, { from, last: from, isDragged: false, isTaken });
    },
    onPointerMove: (event: PointerEvent) => {
      const held = pointers.current.get(event.pointerId);
      const to = within(event);
      if (!held) {
        if (event.buttons === 0) latest.current.hover?.(to);
        return;
      }
      const far = Math.hypot(to.x - held.from.x, to.y - held.from.y) >= SLACK;
      if (!held.isDragged && !far) return;
      if (!held.isDragged) {
        element.current?.setPointerCapture(event.pointerId);
        latest.current.hover?.(null);
      }
      const [other] = [...pointers.current].filter(([id]) => id !== event.pointerId);
      pointers.current.set(event.pointerId, { ...held, last: to, isDragged: true });
      if (other) pinch(latest.current, other[1].last, held.last, to);
      else if (held.isTaken) latest.current.drag?.({ from: held.from, to, isOver: false, event });
      else latest.current.pan({ x: to.x - held.last.x, y: to.y - held.last.y });
    },
    onPointerUp: (event: PointerEvent) => end(event, true),
    onPointerCancel: (event: PointerEvent) => end(event, false),
    onPointerLeave: () => latest.current.hover?.(null),
  };
}

/** One finger moves while another rests: what is between them stays between them. */
function pinch({ zoom, pan }: Gestures, rest: Point, from: Point, to: Point): void {
  const span = ({ x, y }: Point) => Math.max(1, Math.hypot(x - rest.x, y - rest.y));
  pan({ x: (to.x - from.x) / 2, y: (to.y - from.y) / 2 });
  zoom(span(to) / span(from), { x: (rest.x + to.x) / 2, y: (rest.y + to.y) / 2 });
}

type Zooming = "in" | "out" | "fit";

const KEYS: Readonly<Record<string, Zooming>> = { "+": "in", "=": "in", "-": "out", "0": "fit" };

/** What a key does to the zoom; null for others. */
export const zoomKey = (key: string): Zooming | null =>
  Object.hasOwn(KEYS, key) ? (KEYS[key] ?? null) : null;
