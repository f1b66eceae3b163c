/** The answers of `/projection` as places to draw: a row an instance of the probe set, a slice a layer. */

import type { Projection } from "../../api/types";
import { NOWHERE, type Positions } from "../../gl/field";
import type { LayerPlace } from "../../state/shared";

export interface LayerQuality {
  readonly stress: number;
  readonly trustworthiness: number;
  readonly continuity: number;
  readonly preservation: number;
  readonly mirrored: boolean;
  readonly residual: number;
  /** Near 0 the second axis is arbitrary. */
  readonly spread: number;
  readonly method: string;
}

/** The maps of a step. */
export interface Maps {
  readonly answer: Projection;
  /** Names of the slices. */
  readonly layers: readonly string[];
  readonly places: Positions;
  /** By slice; null where there is no map of the layer. */
  readonly quality: readonly (LayerQuality | null)[];
  /** Instances that are on the maps. */
  readonly shown: readonly number[];
}

/** The maps with the slices asked for, whichever the answer has, and a row an instance whichever are shown. */
export function mapsOf(answer: Projection, size: number, layers = answer.meta.layers): Maps {
  const { xy, instance } = answer.arrays;
  const shown = numbers(instance.data, size);
  const xyOfAll = new Float32Array(2 * layers.length * size).fill(NOWHERE);
  const found = layers.map((name) => answer.meta.layers.indexOf(name));
  for (const [slice, layer] of found.entries()) {
    if (layer < 0) continue;
    for (const [place, row] of shown.entries()) {
      const from = 2 * (layer * shown.length + place);
      const to = 2 * (slice * size + row);
      const [x = Number.NaN, y = Number.NaN] = [xy.data[from], xy.data[from + 1]];
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      xyOfAll[to] = x;
      xyOfAll[to + 1] = y;
    }
  }
  return {
    answer,
    layers,
    places: { xy: xyOfAll, slices: layers.length, rows: size },
    quality: found.map((layer) => qualityOf(answer, layer)),
    shown,
  };
}

const wholes = new Map<number, readonly number[]>();

/** The numbers of instances; all of a probe set are always the same list. */
function numbers(found: ArrayLike<number>, size: number): readonly number[] {
  if (found.length < size) return Array.from(found);
  const known = wholes.get(size) ?? Array.from(found);
  wholes.set(size, known);
  return known;
}

function qualityOf({ arrays, meta }: Projection, layer: number): LayerQuality | null {
  if (layer < 0) return null;
  const of = (values: { readonly data: ArrayLike<number> }) => values.data[layer] ?? Number.NaN;
  return {
    stress: of(arrays.stress),
    trustworthiness: of(arrays.trustworthiness),
    continuity: of(arrays.continuity),
    preservation: of(arrays.preservation),
    mirrored: of(arrays.mirrored) > 0,
    residual: of(arrays.residual),
    spread: of(arrays.spread),
    method: meta.method[layer] ?? "",
  };
}

/** Positions that are looked at for how far they reach. */
const MOST_READ = 20_000;

/** What a picture is to show: a place in its middle, and how far it reaches from there. */
export interface Extent {
  readonly x: number;
  readonly y: number;
  readonly reach: number;
}

/** By what share places may reach out of a picture before it shows more. */
const SLACK = 0.02;

/** Share of the places that may lie outside on either side. */
const OUTSIDE = 0.0025;

/** The square that holds nearly all places, in all slices. */
export function extentOf(all: readonly Positions[]): Extent {
  const [xs, ys]: [number[], number[]] = [[], []];
  for (const { xy } of all) {
    const stride = 2 * Math.max(1, Math.floor(xy.length / (2 * MOST_READ)));
    for (let at = 0; at < xy.length; at += stride) {
      const [x = NOWHERE, y = NOWHERE] = [xy[at], xy[at + 1]];
      if (x >= NOWHERE) continue;
      xs.push(x);
      ys.push(y);
    }
  }
  const [[left, right], [low, high]] = [ends(xs), ends(ys)];
  const reach = Math.max(right - left, high - low) / 2 || 1;
  return { x: (left + right) / 2, y: (low + high) / 2, reach };
}

/** One that shows what both show; the first one itself where that is enough. */
export function reachingBoth(one: Extent, other: Extent): Extent {
  const [left, right] = [
    Math.min(one.x - one.reach, other.x - other.reach),
    Math.max(one.x + one.reach, other.x + other.reach),
  ];
  const [low, high] = [
    Math.min(one.y - one.reach, other.y - other.reach),
    Math.max(one.y + one.reach, other.y + other.reach),
  ];
  const reach = Math.max(right - left, high - low) / 2;
  if (reach <= one.reach * (1 + SLACK)) return one;
  return { x: (left + right) / 2, y: (low + high) / 2, reach };
}

function ends(values: readonly number[]): readonly [number, number] {
  const sorted = Float32Array.from(values).sort();
  const cut = Math.floor(OUTSIDE * sorted.length);
  return [sorted[cut] ?? 0, sorted[sorted.length - 1 - cut] ?? 0];
}

/** Root mean square distance of each slice's places from the slice before it; infinite for the first. */
export function changes({ xy, slices, rows }: Positions): readonly number[] {
  return Array.from({ length: slices }, (_, slice) => {
    if (slice === 0) return Number.POSITIVE_INFINITY;
    let [sum, count] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const [here, before] = [2 * (slice * rows + row), 2 * ((slice - 1) * rows + row)];
      const [x = NOWHERE, y = NOWHERE] = [xy[here], xy[here + 1]];
      const [x0 = NOWHERE, y0 = NOWHERE] = [xy[before], xy[before + 1]];
      if (x >= NOWHERE || x0 >= NOWHERE) continue;
      sum += (x - x0) ** 2 + (y - y0) ** 2;
      count++;
    }
    return count ? Math.sqrt(sum / count) : 0;
  });
}

/** Above this number of layers only the most different ones have a small picture. */
export const MOST_LAYERS = 30;
export const FEWER_LAYERS = 12;

/** The layers whose maps differ most from those before them, in their order; all where they are few. */
export function tellingLayers(places: Positions, all: boolean): readonly number[] {
  const every = Array.from({ length: places.slices }, (_, slice) => slice);
  if (all || places.slices <= MOST_LAYERS) return every;
  const changed = changes(places);
  return every
    .sort((one, other) => (changed[other] ?? 0) - (changed[one] ?? 0) || one - other)
    .slice(0, FEWER_LAYERS)
    .sort((one, other) => one - other);
}

/**
 * The place along the `layers` that have maps; of a layer of `all` without one, that of the last one before it
 * that has.
 */
export function placeIn(at: LayerPlace, layers: readonly string[], all: readonly string[]): number {
  if (typeof at === "number") return at;
  const [name, on] = typeof at === "string" ? [at, 0] : at;
  const place = layers.indexOf(name);
  if (place >= 0) return place + on;
  const before = all.slice(0, Math.max(0, all.indexOf(name)));
  return Math.max(0, layers.filter((layer) => before.includes(layer)).length - 1);
}

/** A place by the name of its layer, so that it means the same in another run. */
export function layerAt(place: number, layers: readonly string[]): LayerPlace {
  const on = Number((place % 1).toFixed(3));
  const name = layers[Math.floor(place)];
  if (name === undefined) return place;
  return on === 0 ? name : [name, on];
}
