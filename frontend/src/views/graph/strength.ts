/** How edges look and what that means. */

import type { LinkKind, Measure } from "../../graphTypes";

/** Widths in pixels of the picture, by the least share of the consumer's influence. */
export const WIDTHS = [
  { from: 0, width: 1 },
  { from: 0.05, width: 2 },
  { from: 0.1, width: 3.5 },
  { from: 0.2, width: 5.5 },
  { from: 0.4, width: 8 },
] as const;

/** Width of an edge; the least one where the weight is not known. */
export function widthOf(weight: number): number {
  return WIDTHS.findLast(({ from }) => Math.abs(weight) >= from)?.width ?? WIDTHS[0].width;
}

/** `5–10 %`, as the legend says it. */
export function rangeText(at: number): string {
  const [low, high] = [WIDTHS[at]?.from ?? 0, WIDTHS[at + 1]?.from];
  if (high === undefined) return `≥ ${Math.round(100 * low)} %`;
  return low === 0
    ? `< ${Math.round(100 * high)} %`
    : `${Math.round(100 * low)}–${Math.round(100 * high)} %`;
}

export type Stroke = "excites" | "inhibits" | "identity" | "unmeasured";

export function strokeOf(kind: LinkKind, weight: number): Stroke {
  if (kind === "identity") return "identity";
  if (kind === "unmeasured" || Number.isNaN(weight)) return "unmeasured";
  return weight < 0 ? "inhibits" : "excites";
}

export const KINDS: Readonly<Record<LinkKind, string>> = {
  direct: "one layer of weights between them",
  composed: "several layers of weights between them, composed",
  identity: "passed on without weights: a residual connection or a concatenation",
  gated: "it multiplies: gradient × activation",
  linearised: "through attention or normalisation, linear for what they were",
  unmeasured: "it feeds, but no influence is known",
};

export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  contribution: "contribution",
  maximum: "at maximum",
  summit: "Summit",
};

/** What a weight is a share of: `12 %` of …. */
export const MEASURE_TEXTS: Readonly<Record<Measure, string>> = {
  contribution: "of the absolute contributions to the unit while it is active",
  maximum: "of the absolute contributions to the unit where it is most active",
  summit: "of all times that a producer is among the unit's five strongest",
};

/** A cubic from the top of a producer to the bottom of its consumer above, or the other way. */
export function curve(
  from: { readonly x: number; readonly y: number },
  to: { readonly x: number; readonly y: number },
  [producer, consumer]: readonly [number, number],
): string {
  const up = from.y > to.y ? 1 : -1;
  const [start, end] = [from.y - (up * producer) / 2, to.y + (up * consumer) / 2];
  const bend = (end - start) / 2;
  const at = (value: number) => value.toFixed(1);
  return `M${at(from.x)} ${at(start)}C${at(from.x)} ${at(start + bend)} ${at(to.x)} ${at(end - bend)} ${at(to.x)} ${at(end)}`;
}
