/** Which instances are listed, and what the model says of them. */

import type { Instance } from "../api/schema";
import type { Predictions } from "../api/types";
import { shareText } from "./format";
import { shownName } from "./names";

export const FILTERS = ["all", "pairs", "errors", "shown"] as const;
export type Filter = (typeof FILTERS)[number];

/** Instances that stand together: a benign and an altered one, or one alone. */
export type Group = readonly number[];

export interface Prediction {
  /** Index of the most probable class. */
  readonly label: number;
  /** Its probability, as `.91`. */
  readonly text: string;
}

export interface Query {
  readonly filter: Filter;
  readonly search: string;
  readonly said: (instance: number) => Prediction | null;
  readonly shown: ReadonlySet<number>;
  readonly className: (index: number) => string;
}

/** The most probable class of each instance; none where the task has no classes. */
export function predictionsOf(
  predictions: Predictions | null,
): (instance: number) => Prediction | null {
  const columns = predictions?.arrays.top.shape[1] ?? 0;
  return (instance) => {
    const place = instance * columns;
    const label = predictions?.arrays.top.data[place];
    const probability = predictions?.arrays.probability.data[place];
    if (columns === 0 || label === undefined || probability === undefined) return null;
    return { label, text: shareText(probability, 100) };
  };
}

/** The instances asked for: pairs first, then the others, each in the order of the probe set. */
export function groupsOf(instances: readonly Instance[], query: Query): readonly Group[] {
  const paired = new Set(
    instances.flatMap(({ pair }, instance) => (pair >= 0 ? [pair, instance] : [])),
  );
  const pairs = instances.flatMap(({ pair }, instance) => (pair >= 0 ? [[pair, instance]] : []));
  const others = [...instances.keys()]
    .filter((instance) => !paired.has(instance))
    .map((instance) => [instance]);
  return [...pairs, ...others].filter((group) => passes(group, instances, query));
}

function passes(group: Group, instances: readonly Instance[], query: Query): boolean {
  const { filter, search, said, shown, className } = query;
  const wrong = (instance: number) => {
    const label = instances[instance]?.label ?? -1;
    const prediction = said(instance);
    return label >= 0 && prediction !== null && prediction.label !== label;
  };
  if (filter === "pairs" && group.length < 2) return false;
  if (filter === "errors" && !group.some(wrong)) return false;
  if (filter === "shown" && !group.some((instance) => shown.has(instance))) return false;
  const words = group.flatMap((instance) => {
    const { name = "", note = "", text = "", label = -1 } = instances[instance] ?? {};
    const prediction = said(instance);
    return [
      name,
      note,
      text,
      label >= 0 ? className(label) : "",
      prediction ? className(prediction.label) : "",
    ];
  });
  return words.join("\n").toLowerCase().includes(search.toLowerCase());
}

/** What a person reads for an instance. */
export const instanceName = (instances: readonly Instance[], instance: number): string => {
  const { name, note } = instances[instance] ?? { name: `instance ${instance}`, note: "" };
  return note ? `${shownName(name)} (${note})` : shownName(name);
};
