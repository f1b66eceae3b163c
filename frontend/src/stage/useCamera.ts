import { useRef, useState } from "preact/hooks";
import { type Camera, fitted, panned, type Room, revealed, zoomed } from "./camera";
import type { Box, Point, Size } from "./geometry";
import { useGestures, ZOOM, zoomKey } from "./useGestures";

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
  const element = useRef<HTMLDivElement>(null);
  const gestures = useGestures(element, {
    zoom,
    pan: (by) => set(panned(latest.current, by)),
  });
  return {
    camera,
    moved,
    fit: () => setOwn(null),
    zoomIn: () => zoom(ZOOM),
    zoomOut: () => zoom(1 / ZOOM),
    /** Zoom as a key says; false for others. */
    press: (key: string): boolean => {
      const how = zoomKey(key);
      if (how === "fit") setOwn(null);
      else if (how) zoom(how === "in" ? ZOOM : 1 / ZOOM);
      return how !== null;
    },
    /** Bring a place into sight; without having moved, everything is. */
    reveal: (at: Point) => {
      if (moved) set(revealed(latest.current, at, size, room));
    },
    frame: { ref: element, ...gestures },
  };
}
