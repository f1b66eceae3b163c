/** Where and when: finding recorded steps, and how moment B follows moment A. */

import { bisectRight } from "d3-array";
import type { Index, Model } from "../api/schema";
import type { ModelId, Moment, UnitId } from "../api/types";
import type { Link } from "./shown";

export function sameModel(one: ModelId, other: ModelId): boolean {
  return one.run === other.run && one.model === other.model;
}

export const sameUnit = (one: UnitId, other: UnitId): boolean =>
  one.layer === other.layer && one.unit === other.unit;

export function findModel(index: Index, id: ModelId): Model | null {
  return index.models.find((model) => sameModel(model, id)) ?? null;
}

/** Position of the greatest value not above `wanted` in an ascending list, else 0; -1 for an empty list. */
export const nearestEarlier = (ascending: readonly number[], wanted: number): number =>
  Math.max(bisectRight(ascending, wanted) - 1, Math.min(0, ascending.length - 1));

export function lastStep(model: Model): number {
  return model.steps.at(-1) ?? 0;
}

/** The moment of `model` recorded at `step` or nearest before it. */
export function momentAt(model: Model, step: number): Moment {
  return {
    run: model.run,
    model: model.model,
    step: model.steps[nearestEarlier(model.steps, step)] ?? step,
  };
}

/** Where a linked moment wants to be in its own run, as a position among its records. */
export function follow(link: Link, a: Model, step: number, b: Model): number {
  const record = nearestEarlier(a.steps, step);
  switch (link.kind) {
    case "pinned":
      return nearestEarlier(b.steps, link.step);
    case "before":
      return Math.max(0, nearestEarlier(b.steps, step) - link.records);
    case "same":
      if (link.by === "record") return Math.min(record, b.steps.length - 1);
      if (link.by === "time") return nearestEarlier(elapsed(b), elapsed(a)[record] ?? 0);
      return nearestEarlier(b.steps, step);
  }
}

/** Seconds since the first record, one a record. */
export function elapsed(model: Model): readonly number[] {
  const first = model.wallTimes[0] ?? 0;
  return model.wallTimes.map((time) => time - first);
}

/** After a reload: a moment at the last record follows to the newest one, any other stays. */
export function advance(moment: Moment, before: Model | null, after: Model): Moment {
  const wasLast = before !== null && moment.step === lastStep(before);
  return momentAt(after, wasLast ? lastStep(after) : moment.step);
}

/** The model recorded last, by the time of its newest record. */
export function newestModel(models: readonly Model[]): Model | null {
  return models.reduce<Model | null>(
    (best, model) =>
      best === null || (model.wallTimes.at(-1) ?? 0) > (best.wallTimes.at(-1) ?? 0) ? model : best,
    null,
  );
}

/** The model that the page opens on: the newest of those with several records, else the newest. */
export function firstShown(models: readonly Model[]): Model | null {
  return newestModel(models.filter((model) => model.steps.length > 1)) ?? newestModel(models);
}
