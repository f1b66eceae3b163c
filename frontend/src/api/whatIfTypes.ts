/** What the routes about strips, removed units and attacks answer; see docs/http_api.md. */

import type { Answer, Floats } from "./arrays";
import type { UnitId } from "./types";

/** An adversarial strip in the list of them. */
export interface StripSummary {
  readonly id: string;
  readonly step: number;
  /** Of the input. */
  readonly name: string;
  /** Of the probe set; empty for another input. */
  readonly hash: string;
  /** Its number in the probe set, or -1. */
  readonly instance: number;
  /** Index of its class, or -1. */
  readonly label: number;
  /** `class:3`, or `unit:62/features.3`. */
  readonly target: string;
  readonly norm: "l2" | "linf";
  readonly radius: number;
  readonly smoothing: number;
  /** The first step at which the target is predicted, or -1. */
  readonly flip: number;
  readonly steps: number;
  readonly frames: number;
  /** The target's probability at both ends, or the unit's activation. */
  readonly first: number;
  readonly last: number;
}

/** Numbers a step; probabilities a row a class. */
export interface StripCurve {
  readonly effect: readonly number[];
  readonly probability: readonly (readonly number[])[];
  readonly l2: readonly number[];
  readonly linf: readonly number[];
  readonly controlEffect: readonly number[];
  readonly controlProbability: readonly (readonly number[])[];
}

export interface StripFrame {
  readonly step: number;
  /** Index of the predicted class. */
  readonly prediction: number;
  /** By what the difference is multiplied in its picture. */
  readonly factor: number;
}

/** A unit whose activation changes much; of each frame. */
export interface ChangedUnit {
  readonly unit: number;
  readonly activation: readonly number[];
}

export const PICTURES_OF = ["image", "difference", "saliency", "control"] as const;
export type PictureOf = (typeof PICTURES_OF)[number];

export interface Strip extends Omit<StripSummary, "frames"> {
  /** Indices of the classes that the curve has rows of: target, first prediction, label. */
  readonly classes: readonly number[];
  readonly layers: readonly { readonly layer: string; readonly units: readonly ChangedUnit[] }[];
  readonly curve: StripCurve;
  readonly frames: readonly StripFrame[];
  /** Number of the first frame's picture of each kind; the others' follow. */
  readonly picture: Readonly<Record<PictureOf, number>>;
}

/** What each pixel of an instance adds to the target's logit. */
export type Saliency = Answer<
  { readonly values: Floats },
  {
    readonly step: number;
    readonly method: string;
    readonly parameters: string;
    readonly target: number;
  }
>;

export type Replacement = "mean" | "zero";

/** What removing a unit does to the inputs of a class. */
export interface Removal extends UnitId {
  /** By how much the mean logit of the class falls, by one backward pass; null where it is not known. */
  readonly predicted: number | null;
  /** By how much it fell when the unit was removed. */
  readonly measured: number;
  readonly inputs: number;
  /** Of these, those predicted rightly with all units in place, and without this one. */
  readonly correct: number;
  readonly correctAfter: number;
  /** Index of the class that most more inputs are taken for then. */
  readonly takenFor: number | null;
}

export interface RemovedOf {
  /** Key of the subset. */
  readonly subset: string;
  readonly inputs: number;
  /** Inputs predicted rightly with all units in place. */
  readonly correct: number;
  readonly rows: readonly Removal[];
}

export interface Ablations {
  readonly step: number;
  readonly replacement: Replacement;
  readonly replacements: readonly Replacement[];
  readonly subsets: readonly RemovedOf[];
}

/** What removing one unit does to a class; what was not measured is null. */
export interface AskedRemoval {
  readonly subset: string;
  readonly predicted: number | null;
  readonly predictedStep: number | null;
  readonly inputs: number | null;
  readonly measured: number | null;
  readonly measuredStep: number | null;
  readonly measuredInputs: number | null;
  readonly correct: number | null;
  readonly correctAfter: number | null;
  readonly takenFor: number | null;
}

export interface Ablation {
  readonly step: number;
  readonly replacement: Replacement;
  readonly subsets: readonly AskedRemoval[];
  /** The line that measures the unit. */
  readonly call: string;
}

/** How suspicion is told: `max_softmax`, `margin` and `energy` are baselines. */
export interface Score {
  readonly measure: string;
  /** Empty for baselines and for the mean of all layers. */
  readonly layer: string;
}

export type Verdict = "detects" | "reversed" | "none";

export interface Auroc {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
}

/** Inputs that are told from benign ones. */
export interface AttackGroup {
  readonly name: string;
  readonly of: "attack" | "control";
  /** Of the attack; null for none. */
  readonly strength: number | null;
  readonly inputs: number;
  readonly positives: number;
  readonly negatives: number;
  /** Share of the attacks that succeed; null for a control. */
  readonly rate: number | null;
  /** Whether there are enough on both sides for an area. */
  readonly enough: boolean;
  /** An entry a score, null where it has no area; null where there are too few. */
  readonly auroc: readonly (Auroc | null)[] | null;
}

export interface AttackReport {
  readonly step: number;
  /** Inputs that the distributions of classes are made of. */
  readonly reference: number;
  readonly bootstrap: number;
  /** Of the interval, .95 say. */
  readonly level: number;
  readonly scores: readonly Score[];
  readonly groups: readonly AttackGroup[];
}
