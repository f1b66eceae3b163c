import { natural, oneOf, orNull, text } from "../../model/readers";
import { defineOptions, option, type ValueOf } from "../../state/options";

export const QUESTIONS = ["strips", "removal", "attacks"] as const;
export type Question = (typeof QUESTIONS)[number];

export const STRIP_PICTURES = ["image", "difference", "overlay", "saliency"] as const;
export type StripPicture = (typeof STRIP_PICTURES)[number];

/** What removed units are sorted by. */
export const REMOVAL_ORDERS = ["measured", "predicted", "error", "accuracy", "unit"] as const;
export type RemovalOrder = (typeof REMOVAL_ORDERS)[number];

/** What is asked. */
export const whatIfOptions = defineOptions("whatIf", {
  /** Null is the first that has an answer. */
  question: option(orNull(oneOf(...QUESTIONS)), null),
  /** Id of the strip in detail; null is the first. */
  strip: option(orNull(text), null),
  /** Null is the one at which the target is predicted first, or the last. */
  frame: option(orNull(natural), null),
  picture: option(oneOf(...STRIP_PICTURES), "image"),
  replacement: option(oneOf("mean", "zero"), "mean"),
  /** Key of the class whose units are removed; null is the first shown subset that has an answer. */
  subset: option(orNull(text), null),
  /** The layer whose units alone are listed; null is all. */
  layer: option(orNull(text), null),
  order: option(oneOf(...REMOVAL_ORDERS), "measured"),
  /** The measure of divergence that attacks are told by; null is the first recorded. */
  measure: option(orNull(text), null),
});

export type WhatIfOptions = ValueOf<typeof whatIfOptions>;
