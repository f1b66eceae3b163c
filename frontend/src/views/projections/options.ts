import { flag, oneOf, text } from "../../model/readers";
import { defineOptions, option, type ValueOf } from "../../state/options";
import { MAPPED } from "../../state/shared";

export const COLOURINGS = ["class", "prediction", "correctness", "confidence", "slice"] as const;
export type Colouring = (typeof COLOURINGS)[number];

/** How the maps are made and drawn. */
export const projectionOptions = defineOptions("projection", {
  ...MAPPED,
  /** `pivot_mds`, or the name of a map that was made beforehand. */
  method: option(text, "pivot_mds"),
  colour: option(oneOf(...COLOURINGS), "class"),
  show: option(oneOf("points", "pictures", "labels"), "points"),
  /** What the trails of selected instances go along. */
  trails: option(oneOf("none", "layers", "steps"), "none"),
  /** Whether attacked instances are joined to the benign ones they were made of. */
  pairs: option(flag, true),
  /** Whether the selected instances alone are drawn, projected anew. */
  selectedOnly: option(flag, false),
  /** Whether only instances of the selected subsets are drawn. */
  subsetsOnly: option(flag, false),
  /** Whether a table stands for the picture. */
  table: option(flag, false),
});

export type ProjectionOptions = ValueOf<typeof projectionOptions>;
