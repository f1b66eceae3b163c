/** Axes as plain data: a value's place in pixels, and back. */

export type ScaleKind = "linear" | "symlog";

export type Interval = readonly [number, number];

export interface Scale {
  readonly kind: ScaleKind;
  /** Values at the two ends. */
  readonly domain: Interval;
  /** Pixels at the two ends. */
  readonly range: Interval;
  /** Below this magnitude a symlog scale is nearly linear; unused by a linear one. */
  readonly constant: number;
}

const bend = ({ kind, constant }: Scale, value: number): number =>
  kind === "linear" ? value : Math.sign(value) * Math.log1p(Math.abs(value) / constant);

const unbend = ({ kind, constant }: Scale, bent: number): number =>
  kind === "linear" ? bent : Math.sign(bent) * Math.expm1(Math.abs(bent)) * constant;

/** The pixel of a value; values outside the domain fall outside the range. */
export function position(scale: Scale, value: number): number {
  const [low, high] = scale.domain;
  const [left, right] = scale.range;
  const from = bend(scale, low);
  return left + ((bend(scale, value) - from) / (bend(scale, high) - from)) * (right - left);
}

/** The value at a pixel: the inverse of `position`. */
export function valueAt(scale: Scale, pixel: number): number {
  const [left, right] = scale.range;
  const from = bend(scale, scale.domain[0]);
  const to = bend(scale, scale.domain[1]);
  return unbend(scale, from + ((pixel - left) / (right - left)) * (to - from));
}

/** The smallest interval that holds both. */
export const span = (a: Interval, b: Interval): Interval => [
  Math.min(a[0], b[0]),
  Math.max(a[1], b[1]),
];

export const NOWHERE: Interval = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** A domain that can be drawn: nothing and zero alone become [0, 1], another value gets room around it. */
export function drawable([low, high]: Interval): Interval {
  if (low < high) return [low, high];
  if (low !== high || low === 0) return [0, 1];
  const room = Math.abs(low) / 2;
  return [low - room, high + room];
}

/** A scale over a domain; the symlog constant is a 64th of the domain's largest magnitude. */
export function scaleOver(kind: ScaleKind, domain: Interval, range: Interval): Scale {
  const [low, high] = drawable(domain);
  const constant = Math.max(Math.abs(low), Math.abs(high)) / 64;
  return { kind, domain: [low, high], range, constant };
}

/** Round values to label, at least `apart` pixels from one another, ascending. */
export function ticks(scale: Scale, apart = 44): number[] {
  const candidates = scale.kind === "linear" ? evenly(scale, apart) : byPowers(scale);
  const kept: number[] = [];
  for (const value of candidates) {
    const pixel = position(scale, value);
    if (kept.every((other) => Math.abs(position(scale, other) - pixel) >= apart)) kept.push(value);
  }
  return kept.sort((a, b) => a - b);
}

function evenly({ domain: [low, high], range }: Scale, apart: number): number[] {
  const rough = ((high - low) * apart) / Math.abs(range[1] - range[0]);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.max(0, Math.floor(high / step) - first + 1);
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

/** Zero first, then powers of ten from the largest down: the order in which they claim room. */
function byPowers({ domain: [low, high], constant }: Scale): number[] {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const values = [0];
  for (let power = Math.floor(Math.log10(largest)); 10 ** power >= constant / 2; power--) {
    values.push(10 ** power, -(10 ** power));
  }
  return values.filter((value) => low <= value && value <= high);
}

/** The largest of the values that are finite, at least 0. */
export function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) if (value > most && value < Number.POSITIVE_INFINITY) most = value;
  return most;
}
