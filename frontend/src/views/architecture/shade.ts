import { largest } from "../../model/scale";
/** What layers are coloured by: numbers of layers and blocks, how they are scaled, worded and explained. */

import { short } from "../../model/format";
import type { StatisticId } from "../../model/statistics";
import type { Shade } from "./options";
import type { Series } from "./series";
import type { Branch } from "./tree";

export const SHADE_NAMES: Readonly<Record<Shade, string>> = {
  divergence: "divergence",
  dead: "dead units",
  change: "change",
  separability: "separability",
  none: "none",
};

export const SHADE_TEXTS: Readonly<Record<Exclude<Shade, "none">, string>> = {
  divergence: "mean W₁ of the units between the two subjects, in standard deviations",
  dead: "share of units that are 0 on every input",
  change: "mean shift of the units’ means since the selected step, in standard deviations",
  separability: "mean η² of the units, the share of variance that lies between classes",
};

export const SHADE_STATISTICS = {
  divergence: "layerDivergence",
  dead: "dead",
  change: "change",
  separability: "separability",
} as const satisfies Readonly<Record<Exclude<Shade, "none">, StatisticId>>;

/** A number of a layer or block; NaN where it is not known. */
export interface ShadeValue {
  readonly value: number;
  /** What the value is on average where there is nothing to see. */
  readonly noise: number;
  /** At each of the steps. */
  readonly history: readonly number[];
  /** Place of the present step in the history, -1 where it is not there. */
  readonly at: number;
  /** The layer with the largest value, of several. */
  readonly largest: string | null;
  /** Why there is no number. */
  readonly reason: string | null;
}

/** What is known of a layer at the present step. */
export interface Present {
  readonly value: number;
  readonly noise: number;
  readonly reason: string | null;
}

/** The numbers of single layers. */
export interface Numbers {
  readonly present: ReadonlyMap<string, Present>;
  readonly series: Series;
  /** Place of the present step in the series, or of the nearest before; -1 where there is none. */
  readonly at: number;
  /** Why some of it could not be had. */
  readonly failure: string | null;
}

/** The number of a branch: the mean over all units within. */
export function shadeValueOf({ layers }: Branch, { present, series, at }: Numbers): ShadeValue {
  const now = (name: string) => present.get(name)?.value ?? Number.NaN;
  const known = layers.filter(({ name }) => Number.isFinite(now(name)));
  const largest = known.toSorted((one, other) => now(other.name) - now(one.name))[0];
  const mean = (of: (name: string) => number) =>
    weighted(layers.map(({ name, units }) => [units, of(name)] as const));
  const reasons = layers.flatMap(({ name }) => present.get(name)?.reason ?? []);
  return {
    value: mean(now),
    noise: mean((name) => present.get(name)?.noise ?? Number.NaN),
    history: series.steps.map((_, step) => mean((name) => valueAt(series, name, step))),
    at,
    largest: layers.length > 1 ? (largest?.name ?? null) : null,
    reason: reasons[0] ?? null,
  };
}

const valueAt = ({ rows }: Series, name: string, step: number): number =>
  rows.get(name)?.values[step] ?? Number.NaN;

/** The mean of the finite values. */
function weighted(pairs: readonly (readonly [weight: number, value: number])[]): number {
  const known = pairs.filter(([, value]) => Number.isFinite(value));
  const weights = known.reduce((sum, [weight]) => sum + weight, 0);
  return known.reduce((sum, [weight, value]) => sum + weight * value, 0) / weights;
}

/** Whether a number cannot be told from what chance alone makes of it. */
export const isNoise = (shade: Shade, { value, noise }: ShadeValue): boolean =>
  shade === "separability" && value <= noise;

/** From a value to its place on the scale, 0 to 1; differences in deviations are bent at large values. */
export interface Scale {
  readonly top: number;
  readonly isBent: boolean;
}

export function scaleOf(shade: Shade, values: readonly number[]): Scale {
  const known = values.filter(Number.isFinite);
  const most = largest(known);
  return { top: most > 0 ? rounded(most) : 1, isBent: shade === "change" };
}

/** The next number with one digit, or with two that end in 5. */
function rounded(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value * 0.999) ?? 10;
  return Number((step * power).toPrecision(2));
}

export function shareOf({ top, isBent }: Scale, value: number): number {
  if (!Number.isFinite(value)) return 0;
  const share = isBent ? Math.log1p(value) / Math.log1p(top) : value / top;
  return Math.min(1, Math.max(0, share));
}

/** Values to label: the ends and the middle of the scale. */
export const marksOf = ({ top, isBent }: Scale): readonly number[] => [
  0,
  isBent ? Number(Math.expm1(Math.log1p(top) / 2).toPrecision(1)) : top / 2,
  top,
];

/** The number as a person reads it. */
export function valueText(shade: Shade, value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (shade === "dead") return `${short(100 * value, value < 0.1 ? 2 : 3)} %`;
  if (shade === "separability") return value.toFixed(2).replace(/^0/, "");
  return `${short(value, 2)} σ`;
}

/** The shape of an output, as a person reads it. */
export const shapeText = (shape: readonly number[] | null): string =>
  shape === null ? "" : shape.map((length) => (length < 0 ? "…" : String(length))).join(" × ");

/** A large number in few characters: 1.2 M. */
export function countText(count: number): string {
  const [factor, unit] =
    count >= 1e9 ? [1e9, " G"] : count >= 1e6 ? [1e6, " M"] : count >= 1e4 ? [1e3, " k"] : [1, ""];
  return `${short(count / factor, factor === 1 ? 6 : 3)}${unit}`;
}
