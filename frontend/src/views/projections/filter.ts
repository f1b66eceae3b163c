/** Which instances the selected subsets leave on the maps, and what a selection is made of. */

import type { Instance, Model } from "../../api/schema";
import type { Predictions } from "../../api/types";
import { className, parseKey } from "../../model/names";
import type { ShownSubset } from "../../model/shown";
import { guess } from "./colouring";
import type { Maps } from "./maps";

/** The instances that are in any of the subsets; null where these leave all of them. */
export function inSubsets(
  instances: readonly Instance[],
  predictions: Predictions | null,
  subsets: readonly ShownSubset[],
): ReadonlySet<number> | null {
  const tests = subsets.map(({ key }) => memberOf(key, instances, predictions));
  if (tests.length === 0 || tests.includes(null)) return null;
  const found = [...instances.keys()].filter((instance) => tests.some((test) => test?.(instance)));
  return new Set(found);
}

/** Whether instances are in a subset; null where it says nothing of single inputs, as `all` does. */
function memberOf(
  key: string,
  instances: readonly Instance[],
  predictions: Predictions | null,
): ((instance: number) => boolean) | null {
  const { kind, slice, index } = parseKey(key);
  const isInSlice = (instance: number) =>
    slice === null || (instances[instance]?.slices.includes(slice) ?? false);
  if (kind === "slice") return isInSlice;
  if (kind === "class")
    return (instance) => instances[instance]?.label === index && isInSlice(instance);
  if (kind === "predicted") return (instance) => guess(predictions, instance)?.label === index;
  if (kind === "unlabelled") return (instance) => (instances[instance]?.label ?? -1) < 0;
  return null;
}

/** Maps of some of the instances. */
export function onlySome(maps: Maps, kept: ReadonlySet<number> | null): Maps {
  return kept === null ? maps : { ...maps, shown: maps.shown.filter((row) => kept.has(row)) };
}

/** `49 selected: 20 Shirt, 15 T-shirt, 14 others; 80 % predicted correctly`. */
export function composition(
  selected: readonly number[],
  instances: readonly Instance[],
  predictions: Predictions | null,
  model: Model,
): string {
  const counts = new Map<number, number>();
  let [right, known] = [0, 0];
  for (const instance of selected) {
    const label = instances[instance]?.label ?? -1;
    counts.set(label, (counts.get(label) ?? 0) + 1);
    const said = guess(predictions, instance);
    if (label < 0 || !said) continue;
    known++;
    if (said.label === label) right++;
  }
  const ordered = [...counts].sort(([, one], [, other]) => other - one);
  const parts = ordered
    .slice(0, NAMED)
    .map(([label, count]) => `${count.toLocaleString("en")} ${className(model, label)}`);
  const rest = ordered.slice(NAMED).reduce((sum, [, count]) => sum + count, 0);
  const others = rest > 0 ? [`${rest.toLocaleString("en")} others`] : [];
  const correct = known > 0 ? `; ${right} of ${known} predicted correctly` : "";
  return `${selected.length.toLocaleString("en")} selected: ${[...parts, ...others].join(", ")}${correct}`;
}

/** Classes that a selection's composition names. */
const NAMED = 4;
