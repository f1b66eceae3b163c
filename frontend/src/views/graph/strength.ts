/** How edges look and what that means. */

import type { LinkKind, Measure, Replacement } from "../../api/schema";

/** Widths in pixels of the picture, from the least on. */
export const WIDTHS = [1, 2, 3.5, 5.5, 8] as const;

/** The least weight that has each width: shares of an influence that is parted among many, or of inputs. */
const LEAST = {
  contribution: [0, 0.05, 0.1, 0.2, 0.4],
  maximum: [0, 0.05, 0.1, 0.2, 0.4],
  summit: [0, 0.2, 0.4, 0.6, 0.8],
} as const satisfies Record<Measure, readonly number[]>;

/** Width of an edge; the least one where the weight is not known. */
export function widthOf(weight: number, measure: Measure | null): number {
  if (measure === null) return WIDTHS[0];
  return WIDTHS[LEAST[measure].findLastIndex((least) => Math.abs(weight) >= least)] ?? WIDTHS[0];
}

/** The weights of each width: `5–10 %`, as the legend says it. */
export function rangeTexts(measure: Measure): readonly string[] {
  const least = LEAST[measure].map((share) => Math.round(100 * share));
  return least.map((low, at) => {
    const high = least[at + 1];
    if (high === undefined) return `≥ ${low} %`;
    return low === 0 ? `< ${high} %` : `${low}–${high} %`;
  });
}

export type Stroke = "excites" | "inhibits" | "identity" | "unmeasured";

export function strokeOf(kind: LinkKind, weight: number): Stroke {
  if (kind === "identity") return "identity";
  if (kind === "unmeasured" || Number.isNaN(weight)) return "unmeasured";
  return weight < 0 ? "inhibits" : "excites";
}

export const KINDS: Readonly<Record<LinkKind, string>> = {
  direct: "through one layer of weights",
  composed: "through several layers of weights, composed",
  identity: "passed on without weights: a residual connection or a concatenation",
  gated: "multiplicative: gradient × activation",
  linearised: "through attention or normalization, linearized at the recorded values",
  unmeasured: "connected, influence not measured",
};

export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  contribution: "Contribution",
  maximum: "Contribution at maximum",
  summit: "Top-5 count (Summit)",
};

/** What a weight is a share of: `12 %` of …. */
export const MEASURE_TEXTS: Readonly<Record<Measure, string>> = {
  contribution: "of all |contributions| to the unit while it is active",
  maximum: "of all |contributions| to the unit where it is most active",
  summit: "of the inputs, in which it is among the five strongest producers of the unit",
};

/** What a weight is a share of, and what contributions compare activations with. */
export const measureText = (measure: Measure, baseline: Replacement | null): string =>
  `${MEASURE_TEXTS[measure]}${baseline === "mean" ? ", against each producer’s mean" : ""}`;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A cubic from the side of a producer that is nearer to its consumer's row to the consumer's nearer side. */
export function curve(
  from: Place,
  to: Place,
  [producer, consumer]: readonly [number, number],
  across: boolean,
): string {
  const [along, beside] = across ? (["x", "y"] as const) : (["y", "x"] as const);
  const way = from[along] > to[along] ? 1 : -1;
  const [start, end] = [from[along] - (way * producer) / 2, to[along] + (way * consumer) / 2];
  const bend = (end - start) / 2;
  const at = (place: number, off: number) => {
    const pair = across ? [place, off] : [off, place];
    return pair.map((value) => value.toFixed(1)).join(" ");
  };
  return `M${at(start, from[beside])}C${at(start + bend, from[beside])} ${at(end - bend, to[beside])} ${at(end, to[beside])}`;
}
