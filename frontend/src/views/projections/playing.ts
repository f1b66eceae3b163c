/** Where a motion along stops is, by the time: it rests at each stop, glides between, and turns at the ends. */

/** Milliseconds from stop to stop. */
export const LEG = 1400;
/** Share of a leg that is spent at its stops, half of it at either. */
const REST = 0.3;

/** Place between two stops, 0 to 1, after a share of the leg. */
export function glided(share: number): number {
  const t = Math.min(1, Math.max(0, (share - REST / 2) / (1 - REST)));
  return t * t * (3 - 2 * t);
}

/** The share of a leg after which it is at `place`, the inverse of `glided`; the middle of a rest at the stops. */
export function shareAt(place: number): number {
  if (place <= 0) return 0;
  if (place >= 1) return 1;
  let [low, high] = [REST / 2, 1 - REST / 2];
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    if (glided(middle) < place) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** A number of legs that starts at a place between two stops. */
export const legsAt = (place: number): number =>
  Math.floor(place) + shareAt(place - Math.floor(place));

/** The place after `legs` legs; beyond the last stop the way goes back again, and so on. */
export function placeAfter(legs: number, last: number): number {
  if (last <= 0) return 0;
  const turned = legs % (2 * last);
  const folded = turned > last ? 2 * last - turned : turned;
  const stop = Math.min(last - 1, Math.floor(folded));
  return stop + glided(folded - stop);
}

/** The place after `legs` legs without gliding: the stop that was left last. */
export const stopAfter = (legs: number, last: number): number =>
  Math.round(placeAfter(Math.floor(legs), last));
