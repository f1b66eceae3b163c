/** What questions are made of, and short names for what is answered; see schema.ts. */

import type * as schema from "./schema";
import type { Answers } from "./schema";

/** What identifies a recorded model: a run of TensorBoard's and the recorder's name. */
export interface ModelId {
  readonly run: string;
  readonly model: string;
}

/** Where and when: a model at a step. */
export interface Moment extends ModelId {
  readonly step: number;
}

/** What is compared: a subset of the inputs at a moment. The key counts classes as the moment's own run does. */
export interface Subject extends Moment {
  readonly subset: string;
}

export interface UnitId {
  readonly layer: string;
  readonly unit: number;
}

/** A unit without a partner in another run. */
export const UNMATCHED = 0xffffffff;

export type Distributions = Answers["distributions"];
export type Divergence = Answers["divergence"];
export type History = Answers["history"];
export type Metrics = Answers["metrics"];
export type Predictions = Answers["predictions"];
export type Activations = Answers["activations"];
export type Similarity = Answers["similarity"];
export type Embedding = Answers["embedding"];
export type Thumbnails = Answers["thumbnails"];
export type UnitNames = Answers["names"];
export type Projection = Answers["projection"];
export type Trail = Answers["trail"];
export type Saliency = Answers["saliency"];

/** JSON has no numbers that are not finite: with NaN where a number is null. */
export type Filled<T> = [T] extends [number | null]
  ? number
  : T extends readonly (infer Item)[]
    ? readonly Filled<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Filled<T[Key]> }
      : T;

export type StripSummary = Filled<schema.StripSummary>;
export type Strip = Filled<schema.Strip>;
export type StripFrame = Strip["frames"][number];
export type ChangedUnit = Filled<schema.ChangedUnit>;

export const PICTURES_OF = ["image", "difference", "saliency", "control"] as const;
export type PictureOf = (typeof PICTURES_OF)[number];

/** Something asked for over the network. While a newer answer is under way the previous one stays in sight. */
export type Remote<T> =
  | { readonly state: "loading"; readonly value: T | null }
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "failed"; readonly value: T | null; readonly message: string };
