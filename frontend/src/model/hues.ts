/**
 * Which hue a class has: it gets one when it is first shown, and keeps it in every view and run. What is not
 * a class, as all inputs and slices, is neutral.
 */

import type { Model } from "../api/schema";
import { COLOURS, HUES } from "./color";
import { parseKey, subsetName } from "./names";
import type { ShownSubset } from "./shown";

/** By name, which classes have in common between runs; in the order in which they were first shown. */
export type Hues = ReadonlyMap<string, number>;

export const NO_HUES: Hues = new Map();

const isOfClass = (key: string): boolean => {
  const { slice, index } = parseKey(key);
  return slice === null && index !== null;
};

/** A subset that joins those shown, in its own hue, or the first that no class has. */
export function withHue(
  key: string,
  model: Model,
  hues: Hues,
  shown: readonly ShownSubset[],
): ShownSubset {
  if (!isOfClass(key)) return { key, hue: neutralOf(key, model) };
  const taken = shown.map(({ hue }) => hue);
  const own = hues.get(subsetName(model, key));
  if (own !== undefined && !taken.includes(own)) return { key, hue: own };
  return { key, hue: freeHue([...hues.values(), ...taken], taken) };
}

/** Subsets as a link or another run has them: neutrals are neutral, and no two share a hue. */
export function fitHues(wanted: readonly ShownSubset[], model: Model): readonly ShownSubset[] {
  const given = new Map<string, number>();
  for (const { key, hue } of wanted)
    if (hue < HUES && ![...given.values()].includes(hue)) given.set(subsetName(model, key), hue);
  const shown: ShownSubset[] = [];
  for (const { key } of wanted) shown.push(withHue(key, model, given, shown));
  return shown;
}

/** The hues with those of what is shown now. */
export function remembered(hues: Hues, shown: readonly ShownSubset[], model: Model): Hues {
  const classes = shown.filter(({ key }) => isOfClass(key));
  const isKnown = ({ key, hue }: ShownSubset) => hues.get(subsetName(model, key)) === hue;
  if (classes.every(isKnown)) return hues;
  return new Map([
    ...hues,
    ...classes.map(({ key, hue }) => [subsetName(model, key), hue] as const),
  ]);
}

/**
 * The hues where all classes are in sight: the rest get theirs in turn, unless there are more classes than
 * hues, of which those alone are coloured that are shown.
 */
export function huesOfAll(hues: Hues, shown: readonly ShownSubset[], model: Model): Hues {
  const names = model.classes.map((_, index) => subsetName(model, `class:${index}`));
  if (names.length > HUES) return remembered(NO_HUES, shown, model);
  const found = new Map(hues);
  for (const name of names) {
    const taken = names.flatMap((other) => found.get(other) ?? []);
    if (!found.has(name)) found.set(name, freeHue(taken));
  }
  return found.size === hues.size ? hues : found;
}

/** The first hue that is not taken; where all are, the first that is not in sight, and at last any. */
export function freeHue(taken: readonly number[], seen: readonly number[] = taken): number {
  const all = Array.from({ length: HUES }, (_, hue) => hue);
  const first = (without: readonly number[]) => all.find((hue) => !without.includes(hue));
  return first(taken) ?? first(seen) ?? taken.length % HUES;
}

/** All inputs have a neutral of their own, slices the others in turn. */
function neutralOf(key: string, model: Model): number {
  if (key === "all") return HUES;
  const slices = model.subsets.filter((one) => one !== "all" && !isOfClass(one));
  return HUES + 1 + (Math.max(0, slices.indexOf(key)) % (COLOURS - HUES - 1));
}
