import type { Measure } from "../api/schema";
import type { Sort } from "../model/shown";

/** What is chosen in the views of projections, what-ifs and the architecture, and the defaults. */

export const COLOURINGS = ["class", "prediction", "correctness", "confidence", "slice"] as const;
export type Colouring = (typeof COLOURINGS)[number];

/** How the projections are made and drawn. */
export interface ProjectionOptions {
  /** Place along the layers; between two whole numbers the points are on their way. */
  readonly layer: number;
  /** `pivot_mds`, or the name of a map that was made beforehand. */
  readonly method: string;
  readonly colour: Colouring;
  readonly show: "points" | "pictures" | "labels";
  /** What the trails of selected instances go along. */
  readonly trails: "none" | "layers" | "steps";
  /** Whether attacked instances are joined to the benign ones they were made of. */
  readonly pairs: boolean;
  /** Whether the selected instances alone are drawn, projected anew. */
  readonly selectedOnly: boolean;
  /** Whether a table stands for the picture. */
  readonly table: boolean;
}

export const DEFAULT_PROJECTION: ProjectionOptions = {
  layer: 0,
  method: "pivot_mds",
  colour: "class",
  show: "points",
  trails: "none",
  pairs: true,
  selectedOnly: false,
  table: false,
};

export const QUESTIONS = ["strips", "removal", "attacks"] as const;
export type Question = (typeof QUESTIONS)[number];

export const STRIP_PICTURES = ["image", "difference", "overlay", "saliency"] as const;
export type StripPicture = (typeof STRIP_PICTURES)[number];

/** What removed units are sorted by. */
export const REMOVAL_ORDERS = ["measured", "predicted", "error", "accuracy", "unit"] as const;
export type RemovalOrder = (typeof REMOVAL_ORDERS)[number];

/** What is asked in the view of what-ifs. */
export interface WhatIfOptions {
  /** Null is the first that has an answer. */
  readonly question: Question | null;
  /** Id of the strip in detail; null is the first. */
  readonly strip: string | null;
  /** Null is the one at which the target is predicted first, or the last. */
  readonly frame: number | null;
  readonly picture: StripPicture;
  readonly replacement: "mean" | "zero";
  /** Key of the class whose units are removed; null is the first shown subset that has an answer. */
  readonly subset: string | null;
  /** The layer whose units alone are listed; null is all. */
  readonly layer: string | null;
  readonly order: RemovalOrder;
  /** The measure of divergence that attacks are told by; null is the first recorded. */
  readonly measure: string | null;
}

export const DEFAULT_WHAT_IF: WhatIfOptions = {
  question: null,
  strip: null,
  frame: null,
  picture: "image",
  replacement: "mean",
  subset: null,
  layer: null,
  order: "measured",
  measure: null,
};

export const SHADES = ["divergence", "dead", "change", "separability", "none"] as const;
export type Shade = (typeof SHADES)[number];

/** How the architecture is drawn. */
export interface ArchitectureOptions {
  readonly shade: Shade;
  /** The step that change is counted from; null is the first. */
  readonly since: number | null;
  /** Blocks that a person opened or closed; others are as their number asks for. */
  readonly open: readonly string[];
  readonly closed: readonly string[];
  /** The layer in detail. */
  readonly layer: string | null;
  readonly table: boolean;
}

export const DEFAULT_ARCHITECTURE: ArchitectureOptions = {
  shade: "divergence",
  since: null,
  open: [],
  closed: [],
  layer: null,
  table: false,
};

/** How distributions are sorted and drawn. */
export interface ViewOptions {
  /** `null` is the default: divergence between the first two subjects, else the median of the only one. */
  readonly sort: Sort | null;
  readonly axis: "shared" | "own";
  readonly scale: "linear" | "symlog";
  readonly stacking: "overlay" | "stacked";
  /** With a B: A beside B, or A minus B. */
  readonly comparison: "beside" | "minus";
  readonly markedOnly: boolean;
  readonly search: string;
}

export const MEASURES = ["contribution", "maximum", "summit"] as const satisfies readonly Measure[];

export const SIZES = ["count", "rank", "importance"] as const;

/** How the attribution graph is made and drawn; null is what the backend takes by default. */
export interface GraphOptions {
  readonly measure: Measure | null;
  /** Share of the activation mass that counts. */
  readonly mass: number | null;
  /** What the mass is of: `activation`, or `deviation` from the mean. */
  readonly of: string | null;
  /** Share of the rank that the units shown hold at least. */
  readonly keep: number | null;
  /** Whether units are chosen by how much more they rank than in the mean of the classes. */
  readonly lift: boolean;
  readonly directed: boolean;
  /** What the size of a node says. */
  readonly size: (typeof SIZES)[number];
  /** Percent of the largest node's value, below which nodes are hidden. */
  readonly filter: number;
  /** Pixels from row to row, and between the nodes of a row. */
  readonly pitch: number;
  readonly gap: number;
  /** Rows that are opened to their inner layers. */
  readonly open: readonly string[];
  /** Whether a table stands for the picture. */
  readonly table: boolean;
  /** The layer of the classes' map and similarity; null is the last hidden one. */
  readonly embedding: string | null;
}
