/** Rows on their way to new places. */

export const DURATION = 300;

/** Where each unit's row was when the order changed, and when that was. */
export interface Motion {
  readonly from: ReadonlyMap<number, number>;
  readonly since: number;
}

/** How far the motion has come at `now`, 0 to 1, eased at both ends. */
export function progress({ since }: Pick<Motion, "since">, now: number): number {
  const t = Math.min(1, Math.max(0, (now - since) / DURATION));
  return t * t * (3 - 2 * t);
}

/** The top of a unit's row that is going to `top`; a row that was not shown appears in its place. */
export function topAt({ from }: Motion, unit: number, top: number, done: number): number {
  const before = from.get(unit) ?? top;
  return before + (top - before) * done;
}

/** Whether the person asked for things to stand still. */
export const still = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
