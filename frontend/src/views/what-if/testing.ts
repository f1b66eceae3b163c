/** A small strip and a small report for tests. */

import type { Area, AttackGroup, AttackReport } from "../../api/schema";
import type { Strip, StripSummary } from "../../api/types";

/** Towards `dog` (1) of an image of a cat (0): frames at steps 0, 2, 3 and 8 of 9. */
export function strip(changes: Partial<Strip> = {}): Strip {
  const dog = [0.1, 0.2, 0.3, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];
  const steps = dog.map((_, step) => step);
  return {
    id: "one",
    step: 80,
    name: "",
    hash: "9f2c",
    instance: 2,
    label: 0,
    prediction: 0,
    target: "class:1",
    norm: "l2",
    radius: 2,
    smoothing: 0,
    flip: 3,
    steps: 9,
    first: 0.1,
    last: 0.99,
    classes: [1, 0],
    layers: [{ layer: "features.3", units: [{ unit: 5, activation: [0, 1, 2, 4] }] }],
    curve: {
      effect: dog.map((p) => Math.log(p / (1 - p))),
      probability: [dog, dog.map((p) => 1 - p)],
      l2: steps.map((step) => step / 4),
      linf: steps.map((step) => step / 80),
      controlEffect: steps.map(() => -2),
      controlProbability: [steps.map(() => 0.1), steps.map(() => 0.9)],
    },
    frames: [
      { step: 0, prediction: 0, factor: 1 },
      { step: 2, prediction: 0, factor: 40 },
      { step: 3, prediction: 1, factor: 20 },
      { step: 8, prediction: 1, factor: 5 },
    ],
    picture: { image: 0, difference: 4, saliency: 8, control: 12 },
    ...changes,
  };
}

export function summaryOf({ frames, ...rest }: Strip): StripSummary {
  return { ...rest, frames: frames.length };
}

/** An area with its interval; the verdict follows from it. */
export function area(value: number, low: number, high: number): Area {
  return { value, low, high, verdict: low > 0.5 ? "detects" : high < 0.5 ? "reversed" : "none" };
}

export function group(changes: Partial<AttackGroup> = {}): AttackGroup {
  return {
    name: "PGD linf",
    of: "attack",
    strength: 0.03,
    inputs: 100,
    positives: 80,
    negatives: 90,
    rate: 0.8,
    enough: true,
    auroc: [
      area(0.6, 0.55, 0.65),
      area(0.9, 0.85, 0.95),
      area(0.4, 0.3, 0.45),
      area(0.5, 0.4, 0.6),
    ],
    ...changes,
  };
}

/** Max-softmax, the mean of all layers by `tail`, two layers by it. */
export function report(...groups: readonly AttackGroup[]): AttackReport {
  return {
    step: 80,
    reference: 1000,
    bootstrap: 500,
    level: 0.95,
    scores: [
      { measure: "max_softmax", layer: "" },
      { measure: "tail", layer: "" },
      { measure: "tail", layer: "features.3" },
      { measure: "tail", layer: "classifier.1" },
    ],
    groups,
  };
}
