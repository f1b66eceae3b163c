import { useEffect, useRef, useState } from "preact/hooks";
import type { Point } from "../../stage/geometry";
import { progress, still } from "../../stage/motion";
import * as state from "../../state/store";

type Places = ReadonlyMap<string, Point>;

/** Places on their way to those given; what was not there before appears in its place. */
export function useGlide(target: Places): Places {
  const now = useRef(target);
  const [, paint] = useState(0);
  useEffect(() => {
    const from = now.current;
    if (from === target) return;
    if (still() || !state.visible.peek() || rests(from, target)) {
      now.current = target;
      paint(performance.now());
      return;
    }
    const since = performance.now();
    let frame = 0;
    const move = (time: number) => {
      const done = progress({ since }, time);
      now.current = done < 1 ? between(from, target, done) : target;
      paint(time);
      if (done < 1) frame = requestAnimationFrame(move);
    };
    frame = requestAnimationFrame(move);
    return () => cancelAnimationFrame(frame);
  }, [target]);
  return now.current === target ? target : between(now.current, target, 0);
}

/** Whether nothing that was there moves. */
const rests = (from: Places, to: Places): boolean =>
  [...to].every(([key, { x, y }]) => {
    const before = from.get(key);
    return !before || (before.x === x && before.y === y);
  });

export const between = (from: Places, to: Places, done: number): Places =>
  new Map(
    [...to].map(([key, end]) => {
      const start = from.get(key) ?? end;
      const at = { x: start.x + (end.x - start.x) * done, y: start.y + (end.y - start.y) * done };
      return [key, at];
    }),
  );
