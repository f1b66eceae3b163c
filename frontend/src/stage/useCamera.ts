import { useRef, useState } from "preact/hooks";
import { type Camera, fitted, opened, panned, type Room, revealed, zoomed } from "./camera";
import type { Box, Point, Size } from "./geometry";
import { useGestures, ZOOM, zoomKey } from "./useGestures";

/** A camera that somebody set, or the whole picture however large its frame becomes. */
interface Set {
  readonly question: string;
  readonly camera: Camera | null;
}

/**
 * What is in sight of the picture: as it opens, until somebody zooms or drags, and again once another
 * question is asked. Returns the handlers of the frame.
 */
export function useCamera(box: Box, size: Size, question: string, room: Room) {
  const [own, setOwn] = useState<Set | null>(null);
  const whole = fitted(box, size, room);
  const chosen = own?.question === question ? own : null;
  const camera = chosen ? (chosen.camera ?? whole) : opened(box, size, room);
  const latest = useRef(camera);
  latest.current = camera;
  const set = (next: Camera) => {
    latest.current = next;
    setOwn({ question, camera: next });
  };
  const fit = () => setOwn({ question, camera: null });
  const middle = { x: size.width / 2, y: size.height / 2 };
  const zoom = (factor: number, at: Point = middle) => set(zoomed(latest.current, factor, at));
  const element = useRef<HTMLDivElement>(null);
  const gestures = useGestures(element, {
    zoom,
    pan: (by) => set(panned(latest.current, by)),
  });
  const isWhole = same(camera, whole);
  return {
    camera,
    /** Whether all of the picture is in sight, as large as it can be then. */
    isWhole,
    fit,
    zoomIn: () => zoom(ZOOM),
    zoomOut: () => zoom(1 / ZOOM),
    /** Zoom as a key says; false for others. */
    press: (key: string): boolean => {
      const how = zoomKey(key);
      if (how === "fit") fit();
      else if (how) zoom(how === "in" ? ZOOM : 1 / ZOOM);
      return how !== null;
    },
    /** Bring a place into sight. */
    reveal: (at: Point) => {
      const next = revealed(latest.current, at, size, room);
      if (!isWhole && !same(next, latest.current)) set(next);
    },
    frame: { ref: element, ...gestures },
  };
}

const same = (one: Camera, other: Camera): boolean =>
  one.zoom === other.zoom && one.x === other.x && one.y === other.y;
