/** Following the playhead from components: by frame without a render, or by a value with one when it changes. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as state from "../../state/store";
import { Playhead, type Track } from "./playhead";

export interface Watched {
  readonly playhead: Playhead;
  readonly playing: Track | null;
  /** Positions of the two steps whose maps are needed. */
  readonly span: readonly [number, number];
  /** Go to a step by its place, and take moment A there. */
  readonly goToStep: (place: number) => void;
  /** Have a function called each frame; the answer ends that. */
  readonly watch: (painted: () => void) => () => void;
}

/** A playhead; `onRest` is called when it has come somewhere, `onStep` when it is sent to a step. */
export function usePlayhead(
  layer: number,
  step: number,
  onRest: () => void,
  onStep: (place: number) => void,
): Watched {
  const [playing, setPlaying] = useState<Track | null>(null);
  const [span, setSpan] = useState<readonly [number, number]>([step, step]);
  const rested = useRef(onRest);
  rested.current = onRest;
  const stepped = useRef(onStep);
  stepped.current = onStep;
  const { playhead, watchers } = useMemo(() => {
    const watchers = new Set<() => void>();
    const playhead = new Playhead({
      painted: () => {
        for (const painted of watchers) painted();
      },
      spanned: (from, to) => setSpan([from, to]),
      rested: () => rested.current(),
      played: setPlaying,
    });
    playhead.lastLayer = Number.POSITIVE_INFINITY;
    playhead.lastStep = Number.POSITIVE_INFINITY;
    playhead.place(layer, step);
    return { playhead, watchers };
  }, []);
  const inSight = state.visible.value;
  useEffect(() => playhead.wake(inSight), [inSight]);
  useEffect(() => () => playhead.destroy(), []);
  const watch = useMemo(
    () => (painted: () => void) => {
      watchers.add(painted);
      return () => watchers.delete(painted);
    },
    [],
  );
  const goToStep = (place: number) => {
    playhead.pause();
    playhead.goToStep(place);
    stepped.current(Math.round(playhead.stepGoal));
  };
  return { playhead, playing, span, goToStep, watch };
}

/** A value of the playhead, which renders the component when it changes. */
export function usePlace<T extends number>(
  { playhead, watch }: Pick<Watched, "playhead" | "watch">,
  read: (playhead: Playhead) => T,
): T {
  const [value, setValue] = useState(() => read(playhead));
  useEffect(() => {
    const look = () => setValue(read(playhead));
    look();
    return watch(look);
  }, []);
  return value;
}
