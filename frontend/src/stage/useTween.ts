import { useEffect, useRef, useState } from "preact/hooks";
import type { Point } from "./geometry";
import { Motion, mixedPoint, still } from "./motion";

type Positions = ReadonlyMap<string, Point>;

/** Positions on their way to those given, or there at once where nobody looks. */
export function useTween(target: Positions, isSeen: () => boolean): Positions {
  const now = useRef(target);
  const [, paint] = useState(0);
  useEffect(() => {
    const from = now.current;
    if (from === target) return;
    if (still() || !isSeen() || rests(from, target)) {
      now.current = target;
      paint(performance.now());
      return;
    }
    const motion = new Motion(from, mixedPoint);
    let frame = 0;
    const move = (time: number) => {
      const isOver = motion.isOver(time);
      now.current = isOver ? target : motion.all(target, time);
      paint(time);
      if (!isOver) frame = requestAnimationFrame(move);
    };
    frame = requestAnimationFrame(move);
    return () => cancelAnimationFrame(frame);
  }, [target]);
  const places = now.current;
  return places === target
    ? target
    : new Map([...target].map(([key, at]) => [key, places.get(key) ?? at]));
}

/** Whether nothing that was there moves. */
const rests = (from: Positions, to: Positions): boolean =>
  [...to].every(([key, { x, y }]) => {
    const before = from.get(key);
    return !before || (before.x === x && before.y === y);
  });
