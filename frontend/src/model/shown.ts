/** What is chosen and shown on the page: moments, subsets, and how they are told apart. */

import type { ModelId, Subject } from "../api/types";

export type Slot = "A" | "B";

/** How moment B follows moment A. */
export type Link =
  | { readonly kind: "pinned"; readonly step: number }
  | { readonly kind: "same"; readonly by: "step" | "record" | "time" }
  | { readonly kind: "before"; readonly records: number };

export interface LinkedMoment extends ModelId {
  readonly link: Link;
}

/** A subset that is shown; the key counts classes as A's run does, and `hue` is an index into the palette. */
export interface ShownSubset {
  readonly key: string;
  readonly hue: number;
}

/** A subject as the page shows it: hue says the subset, place and texture say the moment. */
export interface ShownSubject {
  readonly subject: Subject;
  readonly place: Slot;
  /** The subset's key in A's run, by which the two moments of a subset belong together. */
  readonly key: string;
  readonly hue: number;
  /** Name of the subset, unique in A's run, for people. */
  readonly name: string;
}

/** What units are sorted by: a subset's median at A or B, or an instance's activation at A or B. */
export type Term =
  | { readonly kind: "subset"; readonly place: Slot; readonly key: string }
  | { readonly kind: "instance"; readonly place: Slot; readonly instance: number };

export type Sort =
  | { readonly by: "index"; readonly descending: boolean }
  | { readonly by: "value" | "dead"; readonly of: Term; readonly descending: boolean }
  | {
      readonly by: "difference" | "divergence";
      readonly of: Term;
      readonly from: Term;
      readonly descending: boolean;
    };

export const GLYPHS = ["circle", "square", "triangle", "diamond", "cross", "star"] as const;
export type Glyph = (typeof GLYPHS)[number];

/** How a shown instance is marked, the same on its thumbnail and on its dots. */
export interface InstanceMark {
  readonly instance: number;
  readonly colour: string;
  readonly glyph: Glyph;
  /** 1-based, in the order of choice. */
  readonly number: number;
}
