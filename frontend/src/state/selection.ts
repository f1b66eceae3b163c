/** Everything that a person has chosen on the page, its defaults, and its form in the address bar. */

import type { Index, Model } from "../api/schema";
import type { ModelId, Moment, UnitId } from "../api/types";
import { freeHue } from "../model/color";
import { advance, findModel, lastStep, momentAt, newestModel, sameModel } from "../model/moments";
import { keyIn, parseKey } from "../model/names";
import type { LinkedMoment, ShownSubset } from "../model/shown";
import type { GraphOptions, ViewOptions } from "./viewOptions";
import {
  type ArchitectureOptions,
  DEFAULT_ARCHITECTURE,
  DEFAULT_PROJECTION,
  DEFAULT_WHAT_IF,
  type ProjectionOptions,
  type WhatIfOptions,
} from "./viewOptions";

export type UnitsByLayer = ReadonlyMap<string, readonly number[]>;

export interface Selection {
  readonly view: string;
  readonly a: Moment;
  readonly b: LinkedMoment | null;
  /** Further runs, shown as lines over the steps. */
  readonly more: readonly ModelId[];
  readonly layers: readonly string[];
  readonly subsets: readonly ShownSubset[];
  readonly instances: readonly number[];
  readonly marked: UnitsByLayer;
  readonly hidden: UnitsByLayer;
  readonly unit: UnitId | null;
  readonly options: ViewOptions;
  readonly graph: GraphOptions;
  readonly projection: ProjectionOptions;
  readonly whatIf: WhatIfOptions;
  readonly architecture: ArchitectureOptions;
}

/** Most panels that open by themselves. */
export const OPENED_PANELS = 4;

export const DEFAULT_OPTIONS: ViewOptions = {
  sort: null,
  axis: "own",
  scale: "linear",
  stacking: "stacked",
  comparison: "beside",
  markedOnly: false,
  search: "",
};

/** Least and most of the distances in the attribution graph, in pixels. */
export const PITCH = [72, 280] as const;
export const GAP = [0, 120] as const;

export const DEFAULT_GRAPH: GraphOptions = {
  measure: null,
  mass: null,
  of: null,
  keep: null,
  lift: false,
  directed: false,
  size: "count",
  filter: 0,
  pitch: 88,
  gap: 12,
  open: [],
  table: false,
  embedding: null,
};

/**
 * The selection that `wanted` asks for, with defaults for what it leaves open or what does not exist:
 * newest run, last record, last two hidden layers, the two most confused classes. Null without a model.
 */
export function fit(wanted: Partial<Selection>, index: Index): Selection | null {
  const asked = wanted.a ? findModel(index, wanted.a) : null;
  const model = asked ?? newestModel(index.models);
  if (!model) return null;
  const known = asked
    ? wanted
    : { ...wanted, layers: undefined, subsets: undefined, instances: undefined };
  return {
    view: wanted.view ?? "distributions",
    a: asked && wanted.a ? momentAt(model, wanted.a.step) : momentAt(model, lastStep(model)),
    b: wanted.b && findModel(index, wanted.b) ? wanted.b : null,
    more: (wanted.more ?? []).filter((id) => findModel(index, id)),
    layers:
      kept(known.layers, new Set(model.layers.map((layer) => layer.name))) ?? defaultLayers(model),
    subsets: keptSubsets(known.subsets, model) ?? defaultSubsets(model),
    instances: (known.instances ?? []).filter((instance) => instance < (model.probe?.size ?? 0)),
    marked: wanted.marked ?? new Map(),
    hidden: wanted.hidden ?? new Map(),
    unit: wanted.unit ?? null,
    options: wanted.options ?? DEFAULT_OPTIONS,
    graph: recordedOf(model, wanted.graph ?? DEFAULT_GRAPH),
    projection: wanted.projection ?? DEFAULT_PROJECTION,
    whatIf: wanted.whatIf ?? DEFAULT_WHAT_IF,
    architecture: wanted.architecture ?? DEFAULT_ARCHITECTURE,
  };
}

/** The selection after a reload: kept, with A at the newest record if it was at the last one. */
export function refit(selection: Selection, before: Index, after: Index): Selection | null {
  const model = findModel(after, selection.a);
  const a = model ? advance(selection.a, findModel(before, selection.a), model) : selection.a;
  return fit({ ...selection, a }, after);
}

/**
 * The selection moved to another run: layers and classes keep their names; instances stay if the probe
 * set is the same, marks and the unit panel if the units are (the runs started from the same weights).
 */
export function moved(
  selection: Selection,
  from: Model,
  to: Model,
  index: Index,
): Selection | null {
  const sameUnits = from.weights !== "" && from.weights === to.weights;
  const sameProbe = from.probe !== null && from.probe.hash === to.probe?.hash;
  const wasLast = selection.a.step === lastStep(from);
  const { b, subsets, ...rest } = selection;
  const partners = subsets.flatMap(({ key, hue }) => {
    const partner = keyIn(key, from, to);
    return partner === null ? [] : [{ key: partner, hue }];
  });
  return fit(
    {
      ...rest,
      a: momentAt(to, wasLast ? lastStep(to) : selection.a.step),
      b: b && sameModel(b, to) && b.link.kind === "same" ? null : b,
      ...(partners.length > 0 || subsets.length === 0 ? { subsets: partners } : {}),
      instances: sameProbe ? selection.instances : [],
      ...(sameUnits ? {} : { marked: new Map(), hidden: new Map(), unit: null }),
    },
    index,
  );
}

/** The shown subsets with `key` added, in its own hue or the next free one, or taken away. */
export function toggledSubset(
  shown: readonly ShownSubset[],
  key: string,
  model: Model,
): readonly ShownSubset[] {
  if (shown.some((subset) => subset.key === key))
    return shown.filter((subset) => subset.key !== key);
  return [
    ...shown,
    {
      key,
      hue: freeHue(
        preferredHue(key, model),
        shown.map((subset) => subset.hue),
      ),
    },
  ];
}

export function toggled<T>(values: readonly T[], value: T): readonly T[] {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
}

export function toggledUnit(units: UnitsByLayer, { layer, unit }: UnitId): UnitsByLayer {
  const changed = new Map(units);
  const remaining = toggled(units.get(layer) ?? [], unit);
  if (remaining.length > 0) changed.set(layer, remaining);
  else changed.delete(layer);
  return changed;
}

/** Index of the class or bin; for slices and the like their place in the list of subsets. */
function preferredHue(key: string, model: Model): number {
  return parseKey(key).index ?? Math.max(0, model.subsets.indexOf(key));
}

/**
 * The options with what the model did not record at its default: they may come from another run.
 * What the mass is of the backend chooses by layer.
 */
function recordedOf({ graph }: Model, options: GraphOptions): GraphOptions {
  const known = <T>(value: T | null, offered: readonly T[] = []): T | null =>
    value !== null && offered.includes(value) ? value : null;
  return {
    ...options,
    measure: known(options.measure, graph?.measures),
    mass: known(options.mass, graph?.masses),
  };
}

function defaultLayers(model: Model): readonly string[] {
  if (model.hidden.length > 0) return model.hidden.slice(-OPENED_PANELS);
  return model.layers.slice(-2).map((layer) => layer.name);
}

function defaultSubsets(model: Model): readonly ShownSubset[] {
  const recorded = new Set(model.subsets);
  const confused = (model.confused ?? [])
    .map((index) => `class:${index}`)
    .filter((key) => recorded.has(key));
  const classes = model.subsets.filter((key) => /^class:\d+$/.test(key)).slice(0, 2);
  const targets = model.subsets.filter((key) => key.startsWith("target:"));
  const extremes = [targets[0], targets.at(-1)].flatMap((key) => key ?? []);
  const candidates = [confused, classes, [...new Set(extremes)]];
  const chosen = candidates.find((keys) => keys.length === 2) ?? model.subsets.slice(0, 1);
  return chosen.reduce<readonly ShownSubset[]>(
    (shown, key) => toggledSubset(shown, key, model),
    [],
  );
}

/** Those of `wanted` that exist; undefined when there were some and none exists. */
function kept(
  wanted: readonly string[] | undefined,
  known: ReadonlySet<string>,
): readonly string[] | undefined {
  const found = wanted?.filter((name) => known.has(name));
  return found?.length === 0 && wanted?.length !== 0 ? undefined : found;
}

function keptSubsets(
  wanted: readonly ShownSubset[] | undefined,
  model: Model,
): readonly ShownSubset[] | undefined {
  const keys = kept(
    wanted?.map((subset) => subset.key),
    new Set([...model.subsets, ...model.moments, ...(model.graph?.subsets ?? [])]),
  );
  return keys && wanted?.filter((subset) => keys.includes(subset.key));
}
