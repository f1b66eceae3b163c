import { flag, list, number, oneOf, orNull, text } from "../../model/readers";
import { defineOptions, option, type ValueOf } from "../../state/options";

export const SHADES = ["divergence", "dead", "change", "separability", "none"] as const;
export type Shade = (typeof SHADES)[number];

/** How the architecture is drawn. */
export const architectureOptions = defineOptions("architecture", {
  shade: option(oneOf(...SHADES), "divergence"),
  /** The step that change is counted from; null is the first. */
  since: option(orNull(number), null),
  /** Blocks that a person opened or closed; others are as their number asks for. */
  open: option(list(text), []),
  closed: option(list(text), []),
  /** The layer in detail. */
  layer: option(orNull(text), null),
  /** Whether a table stands for the picture. */
  table: option(flag, false),
});

export type ArchitectureOptions = ValueOf<typeof architectureOptions>;
