/** Things on their way from where they were to where they belong. */

import type { Point } from "./geometry";

const DURATION = 300;

type Mix<V> = (from: V, to: V, done: number) => V;

export class Motion<K, V> {
  constructor(
    private readonly from: ReadonlyMap<K, V>,
    private readonly mix: Mix<V>,
    private readonly since = performance.now(),
  ) {}

  isOver(now: number): boolean {
    return this.done(now) === 1;
  }

  /** Where something is that goes to `to`; what was not there before appears in its place. */
  at(key: K, to: V, now: number): V {
    const start = this.from.get(key);
    return start === undefined ? to : this.mix(start, to, this.done(now));
  }

  all(to: ReadonlyMap<K, V>, now: number): ReadonlyMap<K, V> {
    return new Map([...to].map(([key, end]) => [key, this.at(key, end, now)]));
  }

  /** 0 to 1, eased at both ends. */
  private done(now: number): number {
    const t = Math.min(1, Math.max(0, (now - this.since) / DURATION));
    return t * t * (3 - 2 * t);
  }
}

export const mixed: Mix<number> = (from, to, done) => from + (to - from) * done;

export const mixedPoint: Mix<Point> = (from, to, done) => ({
  x: mixed(from.x, to.x, done),
  y: mixed(from.y, to.y, done),
});

/** Whether the person asked for things to stand still. */
export const still = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
